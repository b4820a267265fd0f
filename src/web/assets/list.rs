//! Every file that is served, by the name after `/assets/VERSION/`. `index.html` names files as `/assets/-/NAME`.

pub(super) const FILES: &[(&str, &[u8])] =
    &[("index.html", include_bytes!("index.html")), ("docs.css", include_bytes!("docs.css"))];
