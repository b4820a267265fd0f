use super::*;

fn mixed() -> Vec<Heard> {
    let mut counter = heard(
        "hall/counter.flac",
        vec![
            alert("P40", 0, 20.0, 21.0),
            alert("P53", 1, 5.0, 6.0),
            in_state(FindingState::Held, alert("P31", 0, 10.0, 12.0)),
            absence("P02", 50.0, 50.0),
            absence("P01", 2.0, 3.0),
        ],
    );
    counter.utterances = vec![
        utterance(0, 20.0, 23.0, "您不知道的话我帮您查"),
        utterance(0, 2.0, 4.0, "您好，请做"),
        utterance(1, 5.0, 7.0, "我不知道怎么填"),
        // The visitor leaks into the clerk's microphone, and noise becomes a subtitle.
        utterance(0, 5.2, 6.8, "怎么填"),
        utterance(0, 40.0, 41.0, "谢谢观看"),
    ];
    let call = heard("call.flac", vec![alert("P40", 0, 16.5, 17.2)]);
    vec![counter, call, heard("phrases/banned.flac", vec![alert("P30", 0, 0.4, 1.0)])]
}

#[test]
fn transcripts_are_compared_channel_by_channel_in_order_of_time() {
    let text = evaluate(&example(), &mixed()[..1]).transcription;
    let [clerk, visitor] = text.by_role.as_slice() else { panic!("two roles") };
    // Reference 您好请坐 别啰嗦快点讲 您不知道的话我帮您查 打印机坏了: 25 characters. The two sentences not
    // heard are 11; 3 of them are taken up by the crosstalk and 4 by the subtitle, in the place of both.
    assert_eq!(clerk.counts.characters.reference, 25);
    assert_eq!(clerk.counts.characters.errors(), 12);
    // 坐 and 做 sound alike.
    assert_eq!(clerk.counts.syllables.errors(), 11);
    assert_eq!((clerk.counts.crosstalk_characters, clerk.counts.silence_characters), (3, 4));
    assert_eq!(visitor.counts.characters.errors(), 0);
    assert_eq!(text.pooled.characters.reference, 25 + 7);
    // Noise is each speaker's own: 18 dB at the clerk, 12 dB at the visitor.
    let noise: Vec<_> = text
        .by_condition
        .iter()
        .filter(|row| row.stratum.dimension == Dimension::Noise)
        .map(|row| (row.role, row.stratum.label.as_str()))
        .collect();
    assert_eq!(noise, [(Role::Clerk, "15-19 dB"), (Role::Visitor, "< 15 dB")]);
}

#[test]
fn speed_is_summed_before_it_is_divided() {
    let mut files = mixed();
    files[0].match_s = 180.0;
    let speed = evaluate(&example(), &files).speed;
    assert_eq!(speed.total.decode_rtf, Some(0.1));
    assert_eq!(speed.total.match_share, Some((180.0 + 36.0 + 36.0) / 1080.0));
    assert_eq!(speed.by_group.len(), 3);
}

#[test]
fn real_time_is_that_of_the_whole_run_and_not_of_its_files() {
    let run = Run { wall_s: 900.0, cpu_s: Some(1350.0), threads: 2 };
    let evaluation = evaluate(&example(), &mixed()).timed(run);
    // Three hours of audio in a quarter of an hour, on two threads that used one core and a half.
    let speed = evaluation.speed.run.unwrap();
    assert_eq!(speed.times_real_time, Some(12.0));
    assert_eq!(speed.times_real_time_per_thread, Some(6.0));
    assert_eq!(speed.times_real_time_per_core, Some(8.0));
    let text = evaluation.text();
    let summed_up = |line: &str| line.contains("times real time") && line.contains(" 12.0 ");
    assert!(text.lines().any(summed_up), "{text}");
    let json: serde_json::Value = serde_json::from_str(&evaluation.json().unwrap()).unwrap();
    assert_eq!(json["speed"]["run"]["wall_s"], 900.0);
    assert_eq!(json["speed"]["run"]["times_real_time_per_core"], 8.0);
    assert_eq!(evaluate(&example(), &mixed()).speed.run, None);
}

#[test]
fn speakers_that_were_not_transcribed_have_no_error_rate() {
    let mut files = mixed();
    for file in &mut files {
        file.transcribed = vec![Role::Clerk];
        file.utterances.retain(|heard| heard.role == Role::Clerk);
    }
    let evaluation = evaluate(&example(), &files);
    let roles: Vec<Role> = evaluation.transcription.by_role.iter().map(|row| row.role).collect();
    assert_eq!(roles, [Role::Clerk]);
    let text = evaluation.text();
    assert!(text.contains("error rate, clerk") && text.contains("│ clerk "), "{text}");
    assert!(!text.contains("error rate, visitor") && !text.contains("│ visitor "), "{text}");
    assert!(!text.contains("│ both "), "{text}");
    let both = evaluate(&example(), &mixed()).text();
    assert!(both.contains("error rate, visitor") && both.contains("│ both "), "{both}");
}

#[test]
fn the_order_in_which_things_arrive_changes_nothing() {
    let mut backwards = mixed();
    backwards.reverse();
    for file in &mut backwards {
        file.findings.reverse();
        file.utterances.reverse();
    }
    assert_eq!(evaluate(&example(), &backwards), evaluate(&example(), &mixed()));
}

#[test]
fn files_not_heard_heard_in_part_or_unknown_are_noted() {
    let mut call = heard("call.flac", vec![]);
    call.error = Some("bad FLAC frame at 12 s".to_owned());
    call.warnings = vec!["clipped".to_owned()];
    call.utterances = vec![HeardUtterance { role: Role::Visitor, ..utterance(0, 1.0, 2.0, "喂") }];
    let evaluation = evaluate(&example(), &[call, heard("other.flac", vec![])]);
    assert_eq!(evaluation.files, FileCounts { in_truth: 5, heard: 1, failed: 1 });
    // Lost speech counts against the recogniser.
    assert_eq!((evaluation.forbidden.recall.strict.count, evaluation.forbidden.recall.strict.of), (0, 1));
    assert_eq!(evaluation.notes.len(), 8, "{:?}", evaluation.notes);
    for expected in [
        "hall/counter.flac: not heard",
        "call.flac: heard in part: bad FLAC frame",
        "call.flac: clipped",
        "call.flac: channel 0 was heard as Visitor",
        "other.flac: heard, but not in the truth",
    ] {
        assert!(
            evaluation.notes.iter().any(|note| note.starts_with(expected)),
            "{expected}: {:?}",
            evaluation.notes
        );
    }
}

#[test]
fn nothing_heard_makes_a_report_without_rates() {
    let evaluation = evaluate(&example(), &[]);
    let text = evaluation.text();
    assert!(text.contains("0 / 5"), "{text}");
    assert!(!text.contains("NaN") && !evaluation.json().unwrap().contains("NaN"));
}

#[test]
fn the_text_shows_every_table_and_every_wrong_decision() {
    let text = evaluate(&example(), &mixed()).text();
    for expected in [
        "33.3 % (1/3) [6.1-79.2]",
        "66.7 % (2/3) [20.8-93.9]",
        "0.67 (2 in 3.000 h) [0.08-2.41]",
        "rt60 0.3-0.39 s",
        "Missed (1)\n  hall/counter.flac  00:10.0 - 00:12.0  P31 别啰嗦，快点讲\n    heard      (nothing)\n    held back  P31",
        "Found under another provision (1)\n  call.flac  00:16.5 - 00:17.2  P48 你找谁\n    found as   P40",
        "False alarms (2)\n",
        "on         the visitor's channel",
        "on         an innocent look-alike\n    heard      听到的\n    said       您不知道的话我帮您查",
        "Required words missing and not reported (3)",
        "Required words wrongly reported missing (1)\n  hall/counter.flac  00:02.0 - 00:03.0  P01",
        "Notes (2)",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
}

#[test]
fn the_markdown_holds_the_tables_and_quotes_nobody() {
    let markdown = evaluate(&example(), &mixed()).markdown();
    assert!(markdown.contains("## Summary"), "{markdown}");
    assert!(markdown.contains("\n| P31       |    1 |     0.0 % (0/1)"), "{markdown}");
    assert!(!markdown.chars().any(crate::mandarin::is_hanzi), "{markdown}");
}

#[test]
fn the_json_names_its_units_and_rates() {
    let json: serde_json::Value =
        serde_json::from_str(&evaluate(&example(), &mixed()).json().unwrap()).unwrap();
    assert_eq!(json["forbidden"]["recall"]["lenient"]["count"], 2);
    assert_eq!(json["forbidden"]["misses"][0]["span"]["start_s"], 10.0);
    assert_eq!(json["forbidden"]["false_alarm_list"][0]["kind"], "visitor");
    assert_eq!(json["forbidden"]["by_condition"][0]["dimension"], "group");
    assert_eq!(json["speed"]["total"]["audio_s"], 10_800.0);
    assert_eq!(json["transcription"]["by_role"][0]["role"], "clerk");
    assert!(json["transcription"]["by_role"][0]["characters"]["rate"].is_f64());
}

#[test]
fn conditions_of_the_recordings_carry_recall_false_alarms_and_decisions() {
    let evaluation = evaluate(&example(), &mixed());
    let rows: Vec<_> = evaluation
        .by_condition
        .iter()
        .filter(|row| row.stratum.dimension == Dimension::Setting)
        .map(|row| {
            let found = row.recall.map(|recall| (recall.strict.count, recall.strict.of));
            let decided = (row.decided_rightly.count, row.decided_rightly.of);
            (row.stratum.label.as_str(), found, row.false_alarms.events, row.false_alarms.hours, decided)
        })
        .collect();
    // Two false alarms at the counter; P02 of it is found, P01 is not left out, a P14 and the call's P07 and P08 are missed.
    assert_eq!(
        rows,
        [
            ("counter", Some((0, 1)), 2, 1.0, (1, 3)),
            ("telephone", Some((0, 1)), 0, 1.0, (1, 3)),
            ("clip", Some((1, 1)), 0, 1.0, (0, 0)),
        ]
    );
}

#[test]
fn runs_side_by_side_are_one_table_a_line_each() {
    let evaluation = || evaluate(&example(), &mixed());
    let run = |condition| ConditionRun::new(condition, &example(), evaluation());
    let table = conditions_table(&[run("clean"), run("snr10")]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    // Of the single phrase alone, then of all three.
    assert!(lines[2].starts_with("| clean ") && lines[3].starts_with("| snr10 "), "{table}");
    assert!(
        lines[3].contains("| 100.0 % (1/1) [20.7-100.0] | ") && lines[3].contains(" 33.3 % (1/3)"),
        "{table}"
    );

    let row = |off: &str| AblationRow { off: off.to_owned(), evaluation: evaluation() };
    let table = ablation_table(&[row("none"), row("guards")]);
    assert!(table.lines().nth(3).unwrap().starts_with("| guards "), "{table}");
    assert!(table.contains("0.67 (2 in 3.000 h) [0.08-2.41]"), "{table}");
}

#[test]
fn the_text_names_charges_undecided_words_and_encounters() {
    let mut files = mixed();
    files[0].findings.push(in_state(FindingState::Unknown, absence("P14", 30.0, 32.0)));
    files[0].encounters = vec![HeardEncounter { kind: EncounterKind::Counter, start_s: 2.0, end_s: 55.0 }];
    let text = evaluate(&example(), &files).text();
    for expected in [
        "Visitor's words charged to the clerk (1)\n  hall/counter.flac  00:05.0 - 00:06.0  P53",
        "visitor    我不知道怎么填",
        "Required words left undecided (1)\n  hall/counter.flac  00:30.0 - 00:32.0  P14 打印机坏了",
        "Encounters not where, or not what, they were (2)\n  hall/counter.flac  00:02.0 - 00:50.0  counter off",
        "    heard      00:02.0 - 00:55.0  counter\n  call.flac  00:01.0 - 00:38.0  telephone missed",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
}
