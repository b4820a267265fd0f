//! Which device a name in a configuration means. In: the name, the devices there are. Out: one of them.

/// What a device is called: `id` with its host in front, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub host: String,
    pub id: String,
    pub description: String,
}

/// What a name was found to mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The device at this place.
    One(usize),
    /// Several devices are described so.
    Several(Vec<usize>),
    /// None; these have names like it, the nearest first.
    Near(Vec<usize>),
}

/// Devices named beside one that is not there.
const NEAR: usize = 3;

/// Finds `name` among `devices`: as an id, with or without its host, else as a description; letters of either case.
pub(super) fn find(name: &str, devices: &[Names]) -> Found {
    let bare = |device: &Names| {
        name.strip_prefix(&device.host).and_then(|rest| rest.strip_prefix(':')) == Some(&device.id)
    };
    let position = |matches: &dyn Fn(&Names) -> bool| devices.iter().position(matches);
    let exact = position(&|d| d.id == name).or_else(|| position(&bare));
    if let Some(place) = exact.or_else(|| position(&|d| d.id.eq_ignore_ascii_case(name))) {
        return Found::One(place);
    }
    let lower = name.to_lowercase();
    let described: Vec<usize> =
        (0..devices.len()).filter(|&n| devices[n].description.to_lowercase() == lower).collect();
    match described[..] {
        [] => Found::Near(near(&lower, devices)),
        [place] => Found::One(place),
        _ => Found::Several(described),
    }
}

/// What ALSA offers under these names is no microphone: converters, files, servers that must be asked otherwise.
const NO_MICROPHONES: [&str; 12] = [
    "null",
    "lavrate",
    "samplerate",
    "speexrate",
    "jack",
    "oss",
    "speex",
    "upmix",
    "vdownmix",
    "a52",
    "usbstream",
    "arcamav",
];

/// Kinds of ALSA name that lead to a card which `hw` and `plughw` name as well.
const OTHER_NAMES: [&str; 12] = [
    "sysdefault",
    "front",
    "rear",
    "center_lfe",
    "side",
    "surround21",
    "surround40",
    "surround51",
    "surround71",
    "iec958",
    "dsnoop",
    "usbstream",
];

/// Whether a device is worth showing to somebody who looks for a microphone. Every other can be opened all the same.
pub(super) fn may_be_microphone(device: &Names) -> bool {
    if device.host != "alsa" {
        return true;
    }
    match device.id.split_once(':') {
        None => !NO_MICROPHONES.contains(&device.id.as_str()),
        // A card's number changes when it is plugged in again, its name does not, and it has both.
        Some((kind, card)) => {
            let numbered =
                card.strip_prefix("CARD=").is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit()));
            !OTHER_NAMES.contains(&kind) && !numbered
        }
    }
}

fn near(name: &str, devices: &[Names]) -> Vec<usize> {
    let mut by_distance: Vec<(usize, usize)> = devices
        .iter()
        .enumerate()
        .filter_map(|(place, device)| {
            let (id, words) = (device.id.to_lowercase(), device.description.to_lowercase());
            let holds = |text: &str| name.chars().count() >= 3 && text.contains(name);
            let distance = match holds(&id) || holds(&words) {
                true => 0,
                false => edits(name, &id).min(edits(name, &words)),
            };
            (distance <= name.chars().count().max(3) / 3).then_some((distance, place))
        })
        .collect();
    by_distance.sort_unstable();
    by_distance.into_iter().take(NEAR).map(|(_, place)| place).collect()
}

/// Letters to change, add or leave out to make one of the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hall() -> Vec<Names> {
        [
            ("mic1", "mic1"),
            ("mic2", "mic2"),
            ("hw:CARD=Array,DEV=0", "ReSpeaker 4 Mic Array, USB Audio"),
            ("plughw:CARD=Array,DEV=0", "ReSpeaker 4 Mic Array, USB Audio"),
            ("hw:CARD=U0x46d,DEV=0", "USB Device 0x46d, USB Audio"),
            ("default", "Default Audio Device"),
        ]
        .map(|(id, description)| Names {
            host: "alsa".into(),
            id: id.into(),
            description: description.into(),
        })
        .to_vec()
    }

    #[test]
    fn a_name_is_an_id_with_or_without_its_host_or_a_description() {
        let cases = [
            ("mic1", Found::One(0)),
            ("alsa:mic2", Found::One(1)),
            ("MIC2", Found::One(1)),
            ("alsa:hw:CARD=Array,DEV=0", Found::One(2)),
            ("hw:CARD=Array,DEV=0", Found::One(2)),
            ("USB Device 0x46d, USB Audio", Found::One(4)),
            ("default audio device", Found::One(5)),
            ("ReSpeaker 4 Mic Array, USB Audio", Found::Several(vec![2, 3])),
            ("mic3", Found::Near(vec![0, 1])),
            ("defualt", Found::Near(vec![5])),
            ("respeaker", Found::Near(vec![2, 3])),
            ("pulse:mic1", Found::Near(vec![])),
            ("", Found::Near(vec![])),
        ];
        for (name, expected) in cases {
            assert_eq!(find(name, &hall()), expected, "{name:?}");
        }
    }

    #[test]
    fn only_what_may_be_a_microphone_is_shown_unasked() {
        let cases = [
            ("mic1", true),
            ("default", true),
            ("pulse", true),
            ("hw:CARD=Array,DEV=0", true),
            ("plughw:CARD=Array,DEV=0", true),
            ("hw:CARD=0,DEV=0", false),
            ("sysdefault:CARD=Array", false),
            ("front:CARD=Array,DEV=0", false),
            ("usbstream:CARD=Array", false),
            ("null", false),
            ("jack", false),
        ];
        for (id, shown) in cases {
            let names = Names { host: "alsa".into(), id: id.into(), description: String::new() };
            assert_eq!(may_be_microphone(&names), shown, "{id}");
        }
    }

    #[test]
    fn edits_are_counted_like_levenshtein() {
        for (a, b, count) in
            [("", "", 0), ("mic1", "mic1", 0), ("mic1", "mic2", 1), ("kitten", "sitting", 3), ("", "abc", 3)]
        {
            assert_eq!(edits(a, b), count, "{a} {b}");
            assert_eq!(edits(b, a), count, "{b} {a}");
        }
    }
}
