//! Headless Chromium, driven through chromedriver's WebDriver protocol: plain HTTP with JSON, spoken here directly.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a page may take to become what is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often that is looked at.
const POLL: Duration = Duration::from_millis(50);

/// A browser. Closed when dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts one; `None`, with a plain line, where Chromium or its driver is not installed. `language` is what it
    /// asks pages for.
    pub fn start(language: &str) -> Option<Browser> {
        let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().find(|p| Path::new(p).exists());
        let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let (Some(chromium), Ok(mut driver)) = (chromium, spawned) else {
            eprintln!("skipped: chromium and chromium-driver are not installed (scripts/setup.sh test installs them)");
            return None;
        };
        let out = driver.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(out).lines();
        let port = lines.find_map(|line| {
            let line = line.expect("its output can be read");
            line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok()
        });
        // Its output must go somewhere, or it stops when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        let mut browser = Browser { driver, port: port.expect("a port"), session: String::new() };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            // Nothing but this machine is asked for anything.
            "--host-resolver-rules=MAP * 127.0.0.1",
            "--disable-background-networking",
        ];
        let options = json!({
            "binary": chromium, "args": arguments, "prefs": {"intl.accept_languages": language},
        });
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let made = browser.ask("POST", "/session", &wanted);
        browser.session = made["sessionId"].as_str().expect("a session").to_owned();
        browser.size(1366, 768);
        Some(browser)
    }

    /// The window's size, exactly; below 500 wide it is a phone.
    pub fn size(&self, width: u32, height: u32) {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.tell("goog/cdp/execute", &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": screen}));
    }

    /// Opens an address, and waits until it is there.
    pub fn open(&self, url: &str) {
        self.tell("url", &json!({"url": url}));
    }

    /// A script that every page opened from now on runs before its own.
    pub fn before_pages(&self, script: &str) {
        let source = json!({"source": script});
        let what = json!({"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": source});
        self.tell("goog/cdp/execute", &what);
    }

    /// The value of a script's `return`.
    pub fn run(&self, script: &str) -> Value {
        self.tell("execute/sync", &json!({"script": script, "args": []}))
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        self.run("return location.href").as_str().unwrap_or_default().to_owned()
    }

    /// The page's text.
    pub fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script returns true.
    pub fn wait(&self, what: &str, script: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(script) != Value::Bool(true) {
            assert!(Instant::now() < deadline, "no {what} at {}:\n{}", self.url(), self.text());
            std::thread::sleep(POLL);
        }
    }

    /// Waits until an element of this selector is there.
    pub fn find(&self, selector: &str) {
        let quoted = json!(selector).to_string();
        self.wait(selector, &format!("return document.querySelector({quoted}) !== null"));
    }

    /// Clicks on an element as a mouse does.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.tell(&format!("element/{element}/click"), &json!({}));
    }

    /// Types into a field.
    pub fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.tell(&format!("element/{element}/value"), &json!({"text": text}));
    }

    fn element(&self, selector: &str) -> String {
        self.find(selector);
        let found = self.tell("element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().and_then(|ids| ids.values().next()).and_then(Value::as_str);
        id.expect("an element").to_owned()
    }

    /// Pulls an element by so many pixels, as a mouse does.
    pub fn pull(&self, selector: &str, right: i32, down: i32) {
        let origin = json!({"element-6066-11e4-a52e-4f735466cecf": self.element(selector)});
        let steps = json!([
            {"type": "pointerMove", "duration": 0, "origin": origin, "x": 0, "y": 0},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerMove", "duration": 50, "origin": "pointer", "x": right, "y": down},
            {"type": "pointerUp", "button": 0},
        ]);
        self.tell("actions", &json!({"actions": [{"type": "pointer", "id": "mouse", "actions": steps}]}));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub fn keys(&self, keys: &str) {
        let pressed = keys.chars().flat_map(|key| {
            let key = key.to_string();
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        });
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": pressed.collect::<Vec<_>>()}]});
        self.tell("actions", &actions);
    }

    /// Presses keys that lead to another page, and waits for it.
    pub fn keys_away(&self, keys: &str) {
        self.run("window.stillHere = true");
        self.keys(keys);
        self.wait("another page", "return window.stillHere === undefined && document.readyState === 'complete'");
    }

    /// Clicks on what leads to another page, and waits for it.
    pub fn click_away(&self, selector: &str) {
        self.run("window.stillHere = true");
        self.click(selector);
        self.wait("another page", "return window.stillHere === undefined && document.readyState === 'complete'");
    }

    /// A picture of the page as PNG, in `folder`.
    pub fn picture(&self, folder: &Path, name: &str) {
        let pictures = "return [...document.images].every(i => i.complete || i.loading === 'lazy')";
        self.wait("every picture", pictures);
        let text = self.ask("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        std::fs::create_dir_all(folder).expect("a folder");
        let bytes = decoded(text.as_str().expect("a picture"));
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("written");
    }

    /// What the page's console complained of since the last time: a blocked script, a file that is missing.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.tell("se/log", &json!({"type": "browser"}));
        let lines = log.as_array().cloned().unwrap_or_default();
        let bad = lines.into_iter().filter(|line| line["level"] == "SEVERE");
        bad.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn tell(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{what}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("a request");
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).expect("a head");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut bytes = vec![0; length];
        answer.read_exact(&mut bytes).expect("a body");
        let mut answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A failed test must not leave Chromium behind; chromedriver takes it along only when asked to.
        if !self.session.is_empty() && !std::thread::panicking() {
            self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        } else if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = write!(
                stream,
                "DELETE /session/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                self.session
            );
            let _ = stream.read(&mut [0; 64]);
        }
        let _gone_already = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Base64, as WebDriver sends pictures.
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0u32, |bits, byte| bits << 6 | u32::from(value(*byte)));
        let bits = bits << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}
