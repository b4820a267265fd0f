use super::*;

fn json_faults(text: &str) -> Vec<(String, String)> {
    let faults = truth_json::parse(text, PathBuf::new()).unwrap_err();
    assert!(faults.iter().all(|fault| !fault.remedy.is_empty()));
    faults.into_iter().map(|fault| (fault.place, fault.found)).collect()
}

/// One recording with `fields`, on two channels, 60 s long, with one greeted encounter.
fn recording(fields: &str) -> String {
    format!(
        r#"{{"recordings": [{{"file": "a.flac", "duration_s": 60, "channels": [{{"role": "clerk"}}, {{"role": "visitor"}}],
        "encounters": [{{"kind": "counter", "start_s": 1, "end_s": 50, "greeting": true, "farewell": true}}]{fields}}}]}}"#
    )
}

#[test]
fn the_example_loads_with_everything_in_its_place() {
    let truth = example();
    assert_eq!(truth.corpus, "example");
    let files: Vec<_> = truth.files.iter().map(|f| (f.file.as_str(), f.group.as_str(), f.form)).collect();
    assert_eq!(
        files,
        [
            ("hall/counter.flac", "hall", Form::Recording),
            ("call.flac", "call", Form::Recording),
            ("phrases/banned.flac", "phrases", Form::Clip),
            ("phrases/innocent.flac", "phrases", Form::Clip),
            ("phrases/goodbye.flac", "phrases", Form::Clip),
        ]
    );
    let [counter, call, banned, innocent, goodbye] = truth.files.as_slice() else { panic!("five files") };
    assert_eq!(
        counter.conditions,
        Conditions { snr_db: Some(18.0), snr_db_visitor: Some(12.0), rt60_s: Some(0.35) }
    );
    assert_eq!(counter.missing.len(), 1, "a missing farewell is held by its encounter");
    assert_eq!(call.encounters.as_ref().unwrap()[0].opened, SessionTime::from_seconds(16.0));
    assert_eq!(call.utterances, None);
    assert_eq!((banned.forbidden.len(), banned.innocents.len()), (1, 0));
    assert_eq!(innocent.innocents[0].span, span(0.0, 2.3));
    assert!(goodbye.innocents[0].courtesy && !innocent.innocents[0].courtesy);
}

#[test]
fn a_folder_stands_for_the_truth_in_it_and_missing_audio_is_reported() {
    let truth = Truth::load(&data("")).unwrap();
    assert_eq!(truth, example());
    assert_eq!(truth.missing_audio().len(), 5);
    assert_eq!(truth.missing_audio()[0], data("hall/counter.flac"));

    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Truth::load(folder.path()), Err(TruthError::NothingThere { .. })));
    let list = folder.path().join("transcripts.tsv");
    std::fs::copy(data("transcripts.tsv"), &list).unwrap();
    std::fs::create_dir(folder.path().join("read")).unwrap();
    std::fs::write(folder.path().join("read/one.wav"), b"").unwrap();
    let truth = Truth::load(folder.path()).unwrap();
    assert_eq!(truth.missing_audio(), [folder.path().join("read/two.wav")]);

    let error = Truth::load(&folder.path().join("gone.json")).unwrap_err();
    assert!(matches!(&error, TruthError::Unreadable { .. }));
    assert!(error.to_string().contains("gone.json"), "{error}");
}

#[test]
fn transcripts_are_one_clerk_with_nothing_forbidden() {
    let truth = Truth::load(&data("transcripts.tsv")).unwrap();
    assert_eq!((truth.corpus.as_str(), truth.files.len()), ("eval", 2));
    let first = &truth.files[0];
    assert_eq!(
        (first.file.as_str(), first.group.as_str(), first.form),
        ("read/one.wav", "eval", Form::Transcript)
    );
    assert_eq!(first.utterances.as_ref().unwrap()[0].span, span(0.0, 2.43));
    assert_eq!(first.encounters, None);
    assert_eq!(first.role(ChannelIndex(0)), Some(Role::Clerk));
}

#[test]
fn faults_of_a_truth_name_their_place_and_what_was_found() {
    let violation = |fields: &str| recording(&format!(r#", "violations": [{{{fields}}}]"#));
    let at = r#""channel": 0, "start_s": 1, "end_s": 2"#;
    let utterance = |fields: &str| recording(&format!(r#", "utterances": [{{{fields}}}]"#));
    for (text, place, found) in [
        ("{", "line 1, column 1", "EOF"),
        ("[]", "the document", "neither"),
        (r#"{"recordings": {}}"#, "recordings", "{}"),
        (r#"{"recordings": [{"file": "a"}]}"#, "recordings[0].channels", "no channel"),
        (r#"{"recordings": [{"channels": [{"role": "clerk"}]}]}"#, "recordings[0]", "no `file`"),
        (
            r#"{"recordings": [{"file": " ", "channels": [{"role": "clerk"}]}]}"#,
            "recordings[0].file",
            "empty",
        ),
        (
            r#"{"recordings": [{"file": "a", "channels": [{"role": "guard"}]}]}"#,
            "recordings[0].channels[0].role",
            "`guard`",
        ),
        (&utterance(r#""channel": 0, "start_s": 1, "end_s": 2"#), "recordings[0].utterances[0]", "no `text`"),
        (
            &utterance(r#""channel": 0, "start_s": 1, "end_s": 2, "text": null"#),
            "recordings[0].utterances[0]",
            "no `text`",
        ),
        (
            &utterance(r#""channel": 2, "start_s": 1, "end_s": 2, "text": "a""#),
            "recordings[0].utterances[0].channel",
            "2 of 2",
        ),
        (
            &utterance(r#""channel": 0, "start_s": -1, "end_s": 2, "text": "a""#),
            "recordings[0].utterances[0].start_s",
            "-1",
        ),
        (
            &utterance(r#""channel": 0, "start_s": 3, "end_s": 2, "text": "a""#),
            "recordings[0].utterances[0].end_s",
            "before",
        ),
        (
            &utterance(r#""channel": 0, "start_s": 1, "end_s": 2000, "text": "a""#),
            "recordings[0].utterances[0].end_s",
            "2000 s in a file of 60 s",
        ),
        (
            &violation(&format!(r#"{at}, "provision": "p30", "kind": "banned""#)),
            "recordings[0].violations[0].provision",
            "p30",
        ),
        (
            &violation(&format!(r#"{at}, "provision": "P30", "kind": "bad""#)),
            "recordings[0].violations[0].kind",
            "`bad`",
        ),
        (
            &violation(&format!(r#"{at}, "provision": "P30", "kind": "banned", "encounter": 1"#)),
            "recordings[0].violations[0].encounter",
            "1 where 1 are listed",
        ),
        (
            &violation(&format!(r#"{at}, "provision": "P01", "kind": "missing", "encounter": 0"#)),
            "recordings[0].violations[0]",
            "`greeting` is true",
        ),
        (
            &violation(&format!(r#"{at}, "provision": "P01", "kind": "missing""#)),
            "recordings[0].violations[0]",
            "no encounter",
        ),
        (
            r#"{"phrases": [{"file": "a", "text": "a", "start_s": 0, "end_s": 1, "provision": 30}]}"#,
            "phrases[0].provision",
            "30",
        ),
        (
            r#"{"phrases": [{"file": "a", "text": "a", "start_s": 0, "end_s": 1}, {"file": "a", "text": "a", "start_s": 0, "end_s": 1}]}"#,
            "phrases[1].file",
            "a second time",
        ),
    ] {
        let faults = json_faults(text);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert_eq!(faults[0].0, place, "{text}");
        assert!(faults[0].1.contains(found), "{text}: {faults:?}");
    }
}

#[test]
fn all_faults_are_reported_at_once_and_unknown_fields_are_not_faults() {
    let text = recording(
        r#", "mood": "tired", "utterances": [{"channel": 9, "start_s": "one", "end_s": 2}],
        "violations": [{"provision": "x", "kind": "banned", "channel": 0, "start_s": 1, "end_s": 2}]"#,
    );
    let places: Vec<String> = json_faults(&text).into_iter().map(|(place, _)| place).collect();
    assert_eq!(
        places,
        [
            "recordings[0].utterances[0].start_s",
            "recordings[0].utterances[0].channel",
            "recordings[0].utterances[0]",
            "recordings[0].violations[0].provision",
        ]
    );
    assert!(truth_json::parse(&recording(r#", "mood": "tired""#), PathBuf::new()).is_ok());
}

#[test]
fn faults_of_transcripts_name_their_line() {
    for (text, place, found) in [
        ("", "line 1", "no column `file`"),
        ("file\ttext\na\tb\n", "line 1", "no column `seconds`"),
        ("file\ttext\tseconds\n", "line 2", "no transcript"),
        ("file\ttext\tseconds\na\tb\n", "line 2", "2 field(s)"),
        ("file\ttext\tseconds\n\ta b\t1\n", "line 2", "empty file name"),
        ("file\ttext\tseconds\n\na\tb\t-1\n", "line 3", "`-1`"),
        ("file\ttext\tseconds\na\tb\tNaN\n", "line 2", "`NaN`"),
        ("file\ttext\tseconds\na\tb\t1\nc\td\t1\na\tb\t1\n", "line 4", "a second time"),
    ] {
        let faults = truth_tsv::parse(text, PathBuf::new()).unwrap_err();
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert_eq!(faults[0].place, place, "{text}");
        assert!(faults[0].found.contains(found), "{text}: {faults:?}");
    }
    // A byte-order mark, Windows line ends, other columns and another order do no harm.
    let text = "\u{FEFF}seconds\tfile\tspeaker\ttext\r\n2.5\ta.wav\tS1\t您好\r\n";
    let truth = truth_tsv::parse(text, PathBuf::new()).unwrap();
    assert_eq!(truth.files[0].utterances.as_ref().unwrap()[0].text, "您好");
}
