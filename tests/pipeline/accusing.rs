//! What the clerk may be accused of, and what not.

use sansheng::asr::ScriptedRecogniser;
use sansheng::conduct::{Finding, FindingKind, FindingState};

use crate::support::{CLERK, Line, VISITOR, accusations, audio, held, judged, judged_by};

#[test]
fn a_forbidden_phrase_makes_one_finding_with_its_place_and_its_articles() {
    let findings = judged(&[
        (VISITOR, 0.5, 1.5, "请问这个在哪办"),
        (CLERK, 2.0, 4.0, "我不管，问别人去"),
        (VISITOR, 4.6, 5.4, "那好吧"),
    ]);
    let finding = only_accusation(&findings);
    assert_eq!((finding.provision.as_str(), finding.rule.as_str()), ("P30", "P30-not-my-business"));
    assert_eq!(
        (finding.state, finding.channel.0, finding.window.as_str()),
        (FindingState::Confirmed, CLERK, "1")
    );
    assert_eq!((finding.heard.as_str(), finding.phrase.as_str()), ("我不管问别人去", "我不管问别人去"));
    assert_eq!((finding.span.start.seconds(), finding.span.end.seconds()), (2.0, 4.0));
    assert!(finding.sureness > 0.9, "{}", finding.sureness);
    let cites: Vec<_> = finding.cites.iter().map(|c| (c.standard.as_str(), c.article.as_str())).collect();
    assert!(cites.contains(&("S1-A", "第三条（六）")) && cites.contains(&("S4", "六 4")), "{cites:?}");
}

#[test]
fn the_span_is_that_of_the_phrase_and_not_of_the_sentence() {
    let findings = judged(&[(CLERK, 1.0, 3.0, "这个啊这个，我不管，问别人去")]);
    let finding = only_accusation(&findings);
    // Five of twelve characters come before it.
    assert!(
        (finding.span.start.seconds() - (1.0 + 2.0 * 5.0 / 12.0)).abs() < 0.001,
        "{}",
        finding.span.start
    );
    assert_eq!(finding.span.end.seconds(), 3.0);
}

#[test]
fn a_visitor_is_never_charged_and_never_charges_the_clerk() {
    let rude = ["我不管，问别人去", "你这人真笨", "别啰嗦，快点讲", "没时间", "不知道"];
    for words in rude {
        let by_clerk = judged(&[(CLERK, 0.5, 2.0, words)]);
        assert_eq!(accusations(&by_clerk).len(), 1, "{words}: the clerk may not say it: {by_clerk:?}");
        let by_visitor = judged(&[
            (CLERK, 0.5, 1.5, "您好，请讲"),
            (VISITOR, 2.0, 3.5, words),
            (CLERK, 4.0, 5.0, "好的，再见"),
        ]);
        assert_eq!((accusations(&by_visitor), held(&by_visitor)), (vec![], vec![]), "{words}");
    }
}

#[test]
fn one_spoken_occurrence_makes_one_accusation() {
    let cases: &[(&str, &[Line], &[&str])] = &[
        ("in one segment", &[(CLERK, 0.5, 2.5, "我不管，问别人去")], &["P30 我不管问别人去"]),
        (
            "over two segments of a turn, its beginning an accusation of its own",
            &[(CLERK, 0.5, 1.5, "我不管，"), (CLERK, 2.4, 3.4, "问别人去")],
            &["P30 我不管"],
        ),
        (
            "over two segments of a turn, neither half an accusation",
            &[(CLERK, 0.5, 1.5, "我还没上班，"), (CLERK, 2.4, 3.4, "等会再说")],
            &["P32 我还没上班等会再说"],
        ),
        (
            "said twice in a turn, it is two",
            &[(CLERK, 0.5, 2.0, "我不管，问别人去"), (CLERK, 2.9, 4.4, "我不管，问别人去")],
            &["P30 我不管问别人去", "P30 我不管问别人去"],
        ),
        (
            "over two turns, it is none",
            &[(CLERK, 0.5, 1.5, "我还没上班，"), (VISITOR, 2.0, 3.0, "什么"), (CLERK, 3.6, 4.6, "等会再说")],
            &[],
        ),
    ];
    for (case, lines, expected) in cases {
        let findings = judged(lines);
        assert_eq!(accusations(&findings), *expected, "{case}: {findings:?}");
    }
}

#[test]
fn what_only_sounds_like_a_phrase_is_believed_when_the_audio_bears_it_out() {
    // Of two syllables more is asked than of three, if one was heard as another.
    for (heard, phrase, provision, ratio, believed) in [
        ("没视线", "没时间", "P53", 3.0, true),
        ("没视线", "没时间", "P53", -6.0, true),
        ("没视线", "没时间", "P53", -14.0, false),
        ("不去道", "不知道", "P40", -6.0, true),
        ("不去道", "不知道", "P40", -14.0, false),
        ("波形", "不行", "P40", -1.0, true),
        ("波形", "不行", "P40", -9.0, false),
    ] {
        let findings = scored(heard, &[(heard, 0.0), (phrase, ratio)]);
        let charge = vec![format!("{provision} {heard}")];
        let expected = if believed { (charge, vec![]) } else { (vec![], charge) };
        let case = format!("{heard} for {phrase}, ratio {ratio}: {findings:?}");
        assert_eq!((accusations(&findings), held(&findings)), expected, "{case}");
        let ratio = format!("log-likelihood ratio {ratio:.1}");
        assert!(findings.iter().any(|f| f.reason.contains(&ratio)), "{case}");
    }
}

#[test]
fn the_likelier_a_phrase_the_surer_the_finding() {
    let surenesses: Vec<f32> = [-7.0, -3.0, 0.0]
        .map(|ratio| scored("没视线", &[("没视线", 0.0), ("没时间", ratio)])[0].sureness)
        .to_vec();
    assert!(surenesses.is_sorted() && surenesses[0] < surenesses[2], "{surenesses:?}");
    let written = scored("没时间", &[])[0].sureness;
    assert!(surenesses[2] < written && written <= 1.0, "{surenesses:?}, written {written}");
}

#[test]
fn what_sounds_more_like_innocent_words_than_like_the_phrase_is_held_back_and_the_words_are_named() {
    // Words that differ by a sound from 没时间, and that the audio fits much better.
    let decoys = sansheng::phrase::decoys("没时间", 4);
    for (decoy_likelihood, believed) in [(-20.0, true), (12.0, false)] {
        let likely: Vec<(&str, f32)> =
            decoys.iter().map(|decoy| (decoy.as_str(), decoy_likelihood)).collect();
        let findings = scored("没视线", &[&[("没视线", 0.0), ("没时间", -6.0)], likely.as_slice()].concat());
        let case = format!("{decoy_likelihood}: {findings:?}");
        assert_eq!(accusations(&findings).len(), usize::from(believed), "{case}");
        let named = findings.iter().any(|f| decoys.iter().any(|decoy| f.reason.contains(decoy.as_str())));
        assert_eq!(named, !believed, "{case}");
    }
}

#[test]
fn a_finding_shows_what_it_rests_on() {
    let findings = scored("没视线", &[("没视线", 0.0), ("没时间", -3.0)]);
    let evidence = &only_accusation(&findings).evidence;
    let steps: Vec<_> = evidence.steps.iter().map(|step| (step.said, step.heard)).collect();
    assert_eq!(steps, [(Some('没'), Some('没')), (Some('时'), Some('视')), (Some('间'), Some('线'))]);
    assert_eq!(
        (evidence.ratio, evidence.syllables, evidence.context.as_str()),
        (Some(-3.0), 3, "【没视线】")
    );
    assert!(evidence.cost > 0.0 && !evidence.decoys.is_empty(), "{evidence:?}");
    assert_eq!(evidence.decoys_beaten(), (evidence.decoys.len(), evidence.decoys.len()));
}

#[test]
fn words_of_others_that_the_clerk_gives_back_are_no_accusation() {
    for words in ["您刚才说没时间是吧", "别人说我不管", "墙上写着有牌子自己看", "您说不知道是什么意思"]
    {
        let findings = judged(&[(CLERK, 0.5, 2.5, words)]);
        assert_eq!(accusations(&findings), Vec::<String>::new(), "{words}: {findings:?}");
    }
}

#[test]
fn what_the_recogniser_wrote_itself_needs_no_proof_unless_innocent_words_are_likelier() {
    let findings = scored("美施建", &[("美施建", 0.0), ("没时间", -50.0)]);
    assert_eq!(
        accusations(&findings),
        ["P53 美施建"],
        "how homophones are written says nothing: {findings:?}"
    );
    let decoy = sansheng::phrase::decoys("没时间", 1).remove(0);
    let findings = scored("没时间", &[("没时间", -3.0), (&decoy, -1.0)]);
    assert_eq!(accusations(&findings), Vec::<String>::new(), "{findings:?}");
    // It is near other phrases of the rule as well.
    let held = held(&findings);
    assert!(!held.is_empty() && held.iter().all(|held| held == "P53 没时间"), "{findings:?}");
}

#[test]
fn a_near_miss_inside_an_accusation_says_so() {
    // It is near 没得时间 too, which was not put to the audio because 没时间 is certain.
    let findings = scored("没时间", &[]);
    assert_eq!(accusations(&findings), ["P53 没时间"]);
    let reasons: Vec<&str> =
        findings.iter().filter(|f| f.state == FindingState::Held).map(|f| f.reason.as_str()).collect();
    assert!(
        !reasons.is_empty()
            && reasons.iter().all(|r| r.contains("another phrase explains the same words better")),
        "{reasons:?}"
    );
}

/// What is found when the recogniser writes `heard` and thinks so much of each text.
fn scored(heard: &'static str, likelihoods: &[(&str, f32)]) -> Vec<Finding> {
    let lines = [(CLERK, 0.5, 1.5, heard)];
    let script = ScriptedRecogniser::new(&lines);
    let mut script =
        likelihoods.iter().fold(script, |script, (text, score)| script.with_likelihood(text, *score));
    judged_by(&mut script, audio(&lines))
}

fn only_accusation(findings: &[Finding]) -> &Finding {
    let charges = |f: &&Finding| f.kind == FindingKind::Forbidden && f.state == FindingState::Confirmed;
    let accused: Vec<_> = findings.iter().filter(charges).collect();
    let [finding] = accused[..] else { panic!("one accusation, not {accused:?}") };
    finding
}
