//! The threads: whatever their number and their pace, the same is found, and what is not heard is told.

use sansheng::asr::{Recogniser, ScriptedRecogniser};
use sansheng::capture::AudioBlock;
use sansheng::pipeline::{Ear, Sound};
use sansheng::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime};
use sansheng::vad::VadConfig;

use crate::support::{CLERK, Failing, Line, Tape, Told, VISITOR, accusations, audio, judged, missing};

const RUDE: &[Line] = &[
    (VISITOR, 0.5, 1.5, "请问这个在哪办"),
    (CLERK, 2.0, 4.0, "我不管，问别人去"),
    (VISITOR, 4.6, 5.4, "那你帮我看看"),
    (CLERK, 6.0, 7.0, "没时间"),
    (CLERK, 8.0, 9.0, ""),
];
const POLITE: &[Line] = &[
    (CLERK, 12.0, 13.0, "您好，请坐"),
    (VISITOR, 13.5, 14.5, "我办证"),
    (CLERK, 15.0, 17.0, "对不起，您还缺少一份证明"),
    (CLERK, 20.0, 21.0, "再见"),
];
const CURT: &[Line] = &[
    (CLERK, 23.0, 24.0, "身份证"),
    (VISITOR, 24.5, 25.5, "没时间"),
    (CLERK, 26.0, 27.0, "别啰嗦"),
    (CLERK, 30.0, 31.0, "您还缺少一份证明"),
];

#[test]
fn the_number_of_lanes_and_recognisers_changes_nothing() {
    let tape = Tape::new(&[RUDE, POLITE, CURT]);
    let alone = tape.run(1, 1);
    let found: Vec<_> = alone.iter().map(|told| accusations(&told.findings)).collect();
    assert_eq!(found, [vec!["P30 我不管问别人去", "P53 没时间"], vec![], vec!["P31 别啰嗦"]]);
    assert!(alone.iter().all(|told| told.ended && told.warnings.is_empty()), "{alone:?}");
    for (lanes, recognisers) in [(1, 2), (1, 4), (2, 1), (2, 2), (2, 4)] {
        assert_eq!(tape.run(lanes, recognisers), alone, "{lanes} lanes, {recognisers} recognisers");
    }
}

#[test]
fn threads_find_what_the_stages_find_one_after_the_other() {
    let tape = Tape::new(&[RUDE]);
    let [told] = &tape.run(1, 2)[..] else { panic!("one recording") };
    let stages = judged(RUDE);
    let brief = |findings: &[sansheng::conduct::Finding]| -> Vec<_> {
        findings.iter().map(|f| (f.rule.clone(), f.state, f.span, f.heard.clone())).collect()
    };
    assert_eq!(brief(&told.findings), brief(&stages));
    assert!(told.findings.iter().all(|f| f.window.as_str() == "0"), "the window's own name");
}

#[test]
fn speech_the_recogniser_fails_on_counts_as_unheard_and_the_rest_goes_on() {
    let tape = Tape::new(&[RUDE, CURT]);
    let failing = || -> Box<dyn Recogniser> {
        let script = ScriptedRecogniser::new(&[RUDE, CURT].concat());
        Box::new(Failing { script, at: SessionTime::from_seconds(3.0) })
    };
    let told = tape.run_with(1, vec![failing(), failing()]);
    let [rude, curt] = &told[..] else { panic!("two recordings") };
    assert_eq!(rude.warnings, ["the recogniser failed on speech at 3.00 s (out of breath): not heard"]);
    assert_eq!(accusations(&rude.findings), ["P53 没时间"], "the rest of the recording goes on");
    assert!((1.9..2.6).contains(&rude.seconds[2]), "2 s were not heard, not {:?}", rude.seconds);
    assert_eq!(missing(&rude.findings), ["p01 unknown", "p02 unknown"], "what was not heard costs nothing");
    assert_eq!(accusations(&curt.findings), ["P31 别啰嗦"], "other recordings go on");
    assert_eq!((curt.seconds[2], curt.warnings.len()), (0.0, 0));
}

#[test]
fn a_recording_that_cannot_be_read_does_not_hold_up_the_others() {
    let tape = Tape::new(&[RUDE, CURT]);
    std::fs::write(tape.path(0), b"no sound at all").expect("room for a file");
    let told = tape.run(1, 1);
    assert!(!told[0].ended && told[0].warnings.len() == 1, "{:?}", told[0]);
    assert_eq!(accusations(&told[1].findings), ["P31 别啰嗦"]);
}

#[test]
fn without_speech_nothing_is_heard_and_nothing_found() {
    // The recogniser would say something forbidden at any time, were it asked.
    const EAGER: &[Line] = &[(CLERK, 0.0, 8.0, "我不管，问别人去")];
    for (case, level) in [("silence", 0.0), ("noise", 0.05)] {
        let tape = Tape::new(&[&[]]);
        let mut noise = vec![0.0; 8 * SAMPLE_RATE_HZ as usize * 2];
        crate::voice::room(&mut noise, 7);
        noise.iter_mut().for_each(|sample| *sample *= level / 0.0005);
        tape.write(0, &noise);
        let told = tape.run_with(1, vec![Box::new(ScriptedRecogniser::new(EAGER))]);
        let warnings = told[0].warnings.clone();
        let expected = Told { seconds: [8.0, 0.0, 0.0], ended: true, warnings, ..Told::default() };
        assert_eq!(told, [expected], "{case}");
    }
}

#[test]
fn any_split_into_blocks_gives_the_same_sounds() {
    let samples = audio(RUDE);
    let sounds = |frames: usize| -> Vec<Sound> {
        let roles = [(ChannelIndex(CLERK), Role::Clerk), (ChannelIndex(VISITOR), Role::Visitor)];
        let mut ear = Ear::new(SAMPLE_RATE_HZ, 2, &roles, &VadConfig::default()).expect("sound settings");
        let mut sounds = Vec::new();
        let mut start = 0;
        for part in samples.chunks(2 * frames) {
            let block = AudioBlock { start, rate_hz: SAMPLE_RATE_HZ, channels: 2, samples: part.to_vec() };
            ear.push(&block, &mut sounds);
            start += part.len() as u64 / 2;
        }
        ear.finish(&mut sounds);
        sounds
    };
    let whole = sounds(samples.len());
    assert_eq!(whole.iter().filter(|s| matches!(s, Sound::Speech(_))).count(), RUDE.len());
    for frames in [1, 160, 4_096] {
        assert!(sounds(frames) == whole, "blocks of {frames}");
    }
}
