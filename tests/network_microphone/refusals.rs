//! Who may not come in, and what strangers can send, without harm to those who are in.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use sansheng::capture::push::client::MicNews;
use sansheng::capture::push::{Coding, LinkFault};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, Message, WebSocket};

use super::support::{Hub, Microphone, RECORDING, TOKEN, Voice, links, samples_of, wait_until};

const STREAM: &str = "00000000000000aa";

fn hello(stream: &str) -> Message {
    Message::text(format!(
        r#"{{"type":"hello","version":1,"stream":"{stream}","rate_hz":16000,"channels":1,"buffer_s":60,"captured":0}}"#
    ))
}

/// Sends a request as it is and reads the answer to its end.
fn ask(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).expect("the hub is there");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    socket.write_all(request.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    // A hub that hangs up before it has read all may reset the connection: what it said before counts.
    let _ = socket.read_to_string(&mut answer);
    answer
}

fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    ask(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: localhost:8740\r\nConnection: close\r\n{headers}\r\n"),
    )
}

/// A WebSocket to window 3, or the status and sentence it is refused with.
fn socket(
    address: SocketAddr,
    headers: &[(&'static str, &str)],
) -> Result<WebSocket<TcpStream>, (u16, String)> {
    let mut request =
        format!("ws://{address}/api/v1/windows/3/audio").into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    let tcp = TcpStream::connect(address).expect("the hub is there");
    tcp.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    match tungstenite::client(request, tcp) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(Error::Http(answer))) => {
            let status = answer.status().as_u16();
            Err((status, String::from_utf8(answer.into_body().unwrap_or_default()).expect("UTF-8")))
        }
        Err(fault) => panic!("{fault}"),
    }
}

fn admitted(address: SocketAddr) -> WebSocket<TcpStream> {
    let bearer = format!("Bearer {TOKEN}");
    socket(address, &[("authorization", &bearer), ("sansheng-stream", STREAM)]).expect("an open door")
}

/// What the hub closes the link with.
fn close_of(socket: &mut WebSocket<TcpStream>) -> Option<CloseFrame> {
    loop {
        match socket.read() {
            Ok(Message::Close(frame)) => return frame,
            Ok(_) => {}
            Err(fault) => panic!("no close, but {fault}"),
        }
    }
}

#[test]
fn the_hub_answers_who_asks_how_it_is() {
    let hub = Hub::start();
    for (path, wanted) in [
        ("/healthz", vec!["HTTP/1.1 200 OK", "ok\n"]),
        ("/metrics", vec!["HTTP/1.1 200 OK", "text/plain; version=0.0.4", "sansheng_windows 1\n"]),
        ("/api/v1/status", vec!["HTTP/1.1 200 OK", "application/json", r#""hall":"三""#]),
        ("/", vec!["HTTP/1.1 404"]),
        ("/api/v1/windows/3/audio", vec!["HTTP/1.1 401", "the token is not this window's"]),
    ] {
        let answer = get(hub.address(), path, "");
        for word in wanted {
            assert!(answer.contains(word), "{path} does not say {word:?}: {answer}");
        }
    }
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    let answer = get(hub.address(), "/api/v1/windows/3/audio", &bearer);
    assert!(answer.contains("HTTP/1.1 426") && answer.contains("sansheng mic"), "{answer}");
}

#[test]
fn a_hub_whose_threads_stand_still_is_not_healthy_and_names_them() {
    let hub = Hub::start();
    let minute = Duration::from_secs(60);
    assert!(hub.hearts.still(Duration::ZERO).is_empty());
    *hub.still.lock().expect("no test failed") = vec!["hear-0".to_owned(), "judge".to_owned()];
    let answer = get(hub.address(), "/healthz", "");
    assert!(answer.contains("HTTP/1.1 503") && answer.contains("standing still: hear-0, judge"), "{answer}");
    assert!(hub.hearts.still(minute).is_empty(), "the server's own thread answered");
}

#[test]
fn a_wrong_token_and_an_unknown_window_end_the_microphone_with_one_sentence() {
    let hub = Hub::start();
    let url = format!("ws://{}", hub.address());
    for (window, token, status, sentence) in [
        ("3", "a-token-for-window-4", 401, "the token is not this window's"),
        ("5", TOKEN, 404, "no window of that name"),
    ] {
        let voice = Voice::new(16_000, 1, Arc::clone(&hub.now_ms));
        let links = links(&url, window, token);
        assert!(!format!("{links:?}").contains(token), "a token is never shown");
        let mic = Microphone::start_with(links, voice.source.clone(), 60, Coding::Flac);
        let fault = mic.finish().expect_err("a refusal");
        let LinkFault::Refused { status: found, sentence: said } = &fault else { panic!("{fault}") };
        assert!(*found == status && said.starts_with(sentence), "{fault}");
        assert!(!fault.to_string().contains(token), "a token is never shown");
    }
}

#[test]
fn headers_that_are_missing_or_wrong_are_refused() {
    let hub = Hub::start();
    let bearer = format!("Bearer {TOKEN}");
    let cases: [(&[(&'static str, &str)], u16); 6] = [
        (&[], 401),
        (&[("authorization", TOKEN), ("sansheng-stream", STREAM)], 401),
        (&[("authorization", "Basic YTpi"), ("sansheng-stream", STREAM)], 401),
        (&[("authorization", "Bearer "), ("sansheng-stream", STREAM)], 401),
        (&[("authorization", &bearer)], 400),
        (&[("authorization", &bearer), ("sansheng-stream", "00000000000000AA")], 400),
    ];
    for (headers, status) in cases {
        let (found, sentence) = socket(hub.address(), headers).map(|_| "let in").expect_err("a refusal");
        assert_eq!(found, status, "{headers:?}: {sentence}");
        assert!(!sentence.contains(TOKEN));
    }
    let mut named = admitted(hub.address());
    assert!(named.can_write());
    named.close(None).expect("it closes");
}

#[test]
fn garbage_is_answered_with_what_is_wrong_with_it() {
    let mut hub = Hub::start();
    let pcm = |samples: u8, bytes: usize| {
        let header = [b'P', 16, 0, 0, samples, 0, 0, 0];
        Message::binary([&header[..], &[0; 16], &vec![0; bytes]].concat())
    };
    let flac = Message::binary([&[b'F', 0, 0, 0, 10, 0, 0, 0][..], &[0; 16], b"no FLAC"].concat());
    for (messages, sentence) in [
        (vec![Message::text("good morning")], "a text message is not one of the protocol"),
        (vec![Message::text("x".repeat(5_000))], "a text message of 5000 bytes is too long"),
        (vec![pcm(1, 2)], "a frame came when a hello was due"),
        (vec![hello("00000000000000bb")], "the stream's name is not"),
        (vec![hello(STREAM), hello(STREAM)], "a second hello came"),
        (vec![hello(STREAM), Message::binary(vec![0; 3])], "a binary message of 3 bytes"),
        (vec![hello(STREAM), Message::binary(vec![0xff; 99])], "a frame begins with byte 0xff"),
        (vec![hello(STREAM), pcm(2, 3)], "a frame's samples make 4 bytes, 3 were sent"),
        (vec![hello(STREAM), flac], "a frame cannot be decoded"),
    ] {
        let mut socket = admitted(hub.address());
        for message in messages {
            socket.send(message).expect("it takes the message");
        }
        let close = close_of(&mut socket).expect("a reason");
        assert_eq!(u16::from(close.code), 1008, "{close}");
        assert!(
            close.reason.as_str().starts_with(sentence),
            "{:?} is not {sentence:?}",
            close.reason.as_str()
        );
    }
    hub.listen();
    assert!(hub.heard.is_empty() && hub.told.is_empty(), "{:?}", hub.told);
}

#[test]
fn a_message_that_is_too_long_ends_the_link() {
    let hub = Hub::start();
    let mut socket = admitted(hub.address());
    socket.send(hello(STREAM)).expect("it takes the hello");
    assert!(matches!(socket.read(), Ok(Message::Text(_))), "the answer to it");
    // The hub may hang up before all of it is sent.
    let _ = socket.send(Message::binary(vec![b'P'; (1 << 20) + 1]));
    let ended = (0..9).map(|_| socket.read()).find(|read| !matches!(read, Ok(Message::Ping(_))));
    assert!(matches!(ended, Some(Ok(Message::Close(_)) | Err(_))), "{ended:?}");
    assert!(get(hub.address(), "/healthz", "").contains("200 OK"));
}

#[test]
fn requests_that_are_too_long_or_never_end_do_not_keep_others_out() {
    let hub = Hub::start();
    let mut slow: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut socket = TcpStream::connect(hub.address()).expect("the hub is there");
            socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: h").expect("it takes the bytes");
            socket
        })
        .collect();
    for (path, headers) in [
        (format!("/{}", "x".repeat(20_000)), String::new()),
        ("/".to_owned(), format!("X: {}\r\n", "y".repeat(20_000))),
    ] {
        let answer = get(hub.address(), &path, &headers);
        assert!(answer.is_empty() || answer.contains("HTTP/1.1 4"), "{answer}");
    }
    assert!(get(hub.address(), "/healthz", "").contains("200 OK"));
    let mut socket = slow.pop().expect("a socket");
    socket.write_all(b"ub\r\nConnection: close\r\n\r\n").expect("it takes the rest");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("200 OK"), "{answer}");
}

#[test]
fn more_connections_than_there_can_be_keep_nobody_waiting() {
    let hub = Hub::start();
    let idle: Vec<TcpStream> =
        (0..300).map(|_| TcpStream::connect(hub.address()).expect("the hub is there")).collect();
    let named = admitted(hub.address());
    assert!(get(hub.address(), "/healthz", "").contains("200 OK"));
    // Those that have been idle longest had to go; had anybody waited for their time to run out, all would have.
    let is_open = |mut socket: &TcpStream| {
        socket.set_nonblocking(true).expect("a socket");
        matches!(socket.read(&mut [0]), Err(fault) if fault.kind() == std::io::ErrorKind::WouldBlock)
    };
    wait_until("the first to be sent away", || !is_open(&idle[0]));
    assert!(is_open(&idle[299]));
    assert!(named.can_write());
}

#[test]
fn a_page_that_calls_this_machine_by_a_name_of_its_own_reads_nothing() {
    let hub = Hub::start();
    for path in ["/api/v1/status", "/metrics"] {
        for (host, status) in
            [("evil.example", 421), ("evil.example:8740", 421), ("127.0.0.1:1", 200), ("[::1]", 200)]
        {
            let answer = ask(
                hub.address(),
                &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            );
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path} of {host}: {answer}");
        }
    }
}

#[test]
fn a_token_that_was_changed_lets_nobody_in_and_nobody_stay() {
    let hub = Hub::start();
    let mut socket = admitted(hub.address());
    socket.send(hello(STREAM)).expect("it takes the hello");
    assert!(matches!(socket.read(), Ok(Message::Text(_))), "the answer to it");
    hub.change_token("a-new-token-for-window-3");
    let close = close_of(&mut socket).expect("a reason");
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1013, "the window has another token now"));
    for (token, status) in [(TOKEN, 401), ("a-new-token-for-window-3", 426)] {
        let answer =
            get(hub.address(), "/api/v1/windows/3/audio", &format!("Authorization: Bearer {token}\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{token}: {answer}");
    }
}

#[test]
fn a_second_microphone_waits_until_the_first_is_gone() {
    let (said, rate_hz, channels) = samples_of(RECORDING);
    let second_s = rate_hz as usize * usize::from(channels);
    let mut hub = Hub::start();
    let mut first = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let first_mic = Microphone::start(hub.address(), first.source.clone(), 60);
    first.say(&said[..second_s]);
    hub.listen_until("the first", |hub| hub.heard_samples() == u64::from(rate_hz));

    let second = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let second_mic = Microphone::start(hub.address(), second.source.clone(), 60);
    wait_until("the refusal", || {
        second_mic.has(|news| {
            matches!(news, MicNews::Away { reason } if reason.contains("(409)") && reason.contains("another microphone"))
        })
    });
    first.say(&said[second_s..2 * second_s]);
    hub.listen_until("the first, undisturbed", |hub| hub.heard_samples() == 2 * u64::from(rate_hz));
    first.end();
    hub.listen_until("the end of the first", |_| first_mic.is_finished());
    assert_eq!(first_mic.finish().expect("it was accepted").lost_s, 0.0);

    wait_until("the second's turn", || second_mic.has(|news| matches!(news, MicNews::Back { .. })));
    second.say(&said[2 * second_s..3 * second_s]);
    hub.listen_until("the second", |hub| hub.heard_samples() == 3 * u64::from(rate_hz));
    second_mic.stop.store(true, std::sync::atomic::Ordering::SeqCst);
    hub.listen_until("the end of the second", |_| second_mic.is_finished());
    let heard: Vec<f32> = hub.heard.iter().flat_map(|block| block.samples.clone()).collect();
    assert!(heard == said[..3 * second_s]);
    let opened = format!("opened {rate_hz} Hz, {channels}");
    let off = "down: the microphone was switched off";
    hub.listen_until("the last news", |hub| hub.told.len() == 4);
    assert_eq!(hub.told, [&opened, off, &opened, off]);
}
