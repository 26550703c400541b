//! A console with candidates to decide: a log filled as workers fill it, and `streetwatch console` over it.

use crate::binary::command;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use streetwatch::log::{self, Record, Topic};
use streetwatch::payload::{
    Candidate, CloudEvent, EvidenceItem, EvidenceKind, ModelRef, Object, OffsetTime, State, candidate_id,
};

/// Pictures of the sample city that stand for evidence, and a clip, made once in `folder`.
struct Files {
    stills: [PathBuf; 3],
    clip: PathBuf,
}

fn files(folder: &Path) -> Files {
    let clip = crate::binary::workspace().join("demo/clips/c-001.mp4");
    let still = |second: &str| {
        let file = folder.join(format!("still-{second}.jpg"));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-ss", second, "-i"]).arg(&clip).args([
            "-frames:v",
            "1",
            "-vf",
            "scale=640:-2",
        ]);
        assert!(ffmpeg.arg(&file).stdin(Stdio::null()).status().expect("ffmpeg runs").success());
        file
    };
    Files { stills: [still("18"), still("31"), still("46")], clip }
}

/// The candidate number `n`: a car at `c-001` for even ones, a vendor at `c-002` for odd ones.
fn candidate(n: u32, files: &Files, evidence: &Path) -> Candidate {
    let at = |second: u32| -> OffsetTime {
        let (hours, minutes) = (8 + n / 60, n % 60);
        format!("2026-06-01T{hours:02}:{minutes:02}:{second:02}+08:00").parse().expect("a time")
    };
    let car = n.is_multiple_of(2);
    let (camera, rule, code, name) = match car {
        true => ("c-001", "illegal-parking", "09009", "机动车乱停放"),
        false => ("c-002", "street-vending", "09001", "无照经营游商"),
    };
    let start = operators::vocabulary::EventTime(i64::from(n) * 60_000);
    let stay = operators::vocabulary::StayId { zone: "kerb".into(), rule: rule.into(), start, ordinal: n };
    let id = candidate_id(camera, "home", &stay);
    let folder = evidence.join(id.to_string());
    std::fs::create_dir_all(&folder).expect("a folder");
    let kinds = [EvidenceKind::Start, EvidenceKind::Middle, EvidenceKind::End];
    let stills = kinds.into_iter().zip(&files.stills).zip([0, 15, 30]);
    let mut items: Vec<EvidenceItem> = stills
        .map(|((kind, still), second)| kept(kind, still, &folder.join(format!("{}.jpg", kind.as_str())), at(second)))
        .collect();
    items.push(kept(EvidenceKind::Scene, &files.stills[2], &folder.join("scene.jpg"), at(30)));
    items.push(kept(EvidenceKind::Crop, &files.stills[2], &folder.join("crop.jpg"), at(30)));
    items.push(kept(EvidenceKind::Clip, &files.clip, &folder.join("clip.mp4"), at(20)));
    let mut object = Object::new(
        operators::vocabulary::Label::Car,
        0.5 + 0.01 * (n % 45) as f32,
        operators::vocabulary::BBox::new(0.6, 0.7, 0.12, 0.2),
    );
    object.label = if car { "car" } else { "stall" }.to_owned();
    Candidate {
        id,
        rule: rule.into(),
        class_code: code.into(),
        class_name: name.into(),
        class_table: Some("gbt-47678.5-2026".into()),
        camera: camera.into(),
        preset: "home".into(),
        // Places of their own: candidates of one place and time are one group.
        zone: format!("kerb-{n}"),
        grid: Some(format!("32011300100100{}", if car { 1 } else { 2 })),
        location: Some([118.96 + 0.001 * f64::from(n), 32.13]),
        component: None,
        finding: None,
        sensor: None,
        first_seen: at(0),
        raised_at: at(30),
        last_seen: at(45),
        state: State::Raised,
        reason: None,
        object,
        dwell_s: 45.0,
        evidence: items,
        model: ModelRef { name: "street-nano".into(), version: "0.1.0".into(), sha256: "ab".repeat(32) },
        rule_version: format!("{rule}/2"),
    }
}

fn kept(kind: EvidenceKind, from: &Path, to: &Path, at: OffsetTime) -> EvidenceItem {
    std::fs::copy(from, to).expect("a copy");
    let bytes = std::fs::read(to).expect("readable");
    let uri = format!("file://{}", to.canonicalize().expect("a path").display());
    EvidenceItem { kind, at, uri, sha256: sha256(&bytes) }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `streetwatch console` over a log with candidates. Ended when dropped.
pub struct Desk {
    child: Child,
    folder: PathBuf,
    /// The console's address: `http://127.0.0.1:PORT`.
    pub base: String,
    /// The log's address.
    pub log: String,
}

impl Desk {
    /// Fills a log in `folder` with so many candidates and starts the console on it.
    pub fn start(folder: &Path, candidates: u32) -> Desk {
        let at = folder.display();
        let log = format!("embedded:{at}/log");
        let mut city = format!(
            "city = \"sample\"\nlog = \"{log}\"\nstore = \"{at}/evidence\"\nlisten = \"127.0.0.1:0\"\n[console]\ndouble_review = 100\n"
        );
        for (id, name, grid) in [("c-001", "Station Road", 1), ("c-002", "Market Lane", 2)] {
            city += &format!(
                "[[camera]]\nid = \"{id}\"\nname = \"{name}\"\nurl = \"rtsp://192.0.2.1/{id}\"\ngrid = \"32011300100100{grid}\"\nlocation = [118.96, 32.13]\n"
            );
        }
        let (files, evidence) = (files(folder), folder.join("evidence"));
        let events = (0..candidates).map(|n| candidate(n, &files, &evidence));
        let records: Vec<Record> = events
            .map(|candidate| {
                let camera = candidate.camera.clone();
                let event = CloudEvent::candidate("sample", candidate);
                Record::new(Topic::Dispatch, camera, serde_json::to_vec(&event).expect("serialises"))
            })
            .collect();
        Desk::over(folder, &city, records)
    }

    /// Writes a city and a log with these records into `folder`, and starts the console on them. The city's log is
    /// `embedded:FOLDER/log`.
    pub fn over(folder: &Path, city: &str, records: Vec<Record>) -> Desk {
        let log = format!("embedded:{}/log", folder.display());
        let file = folder.join("CITY.toml");
        std::fs::write(&file, city).expect("written");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let log = log::open(&log).await.expect("a log");
            log.append(records).await.expect("appended");
            log.close().await.expect("closed");
        });
        let err = folder.join("console.err");
        let child = command(["console", file.to_str().expect("UTF-8")])
            .stdout(Stdio::null())
            .stderr(File::create(&err).expect("a file"))
            .spawn()
            .expect("streetwatch starts");
        let mut desk = Desk { child, folder: folder.to_owned(), base: String::new(), log };
        let link = desk.said("/welcome?token=");
        desk.base = link.split("/welcome").next().unwrap_or_default().to_owned();
        desk
    }

    /// The one-time link for the first administrator.
    pub fn welcome(&mut self) -> String {
        self.said("/welcome?token=")
    }

    /// Makes the first administrator, as a browser's forms do; the session's cookie and its token.
    pub fn administrator(&mut self) -> (String, String) {
        let link = self.welcome();
        let token = link.split("token=").nth(1).unwrap_or_default().to_owned();
        let form = format!("token={token}&name=admin&password=correct+horse+battery&again=correct+horse+battery");
        let head = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = self.ask("POST", "/welcome", head, &form);
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: streetwatch_session="));
        let secret = cookie.and_then(|rest| rest.split(';').next()).unwrap_or_else(|| panic!("no session:\n{answer}"));
        let cookie = format!("streetwatch_session={secret}");
        let me: serde_json::Value = serde_json::from_str(&self.get("/api/v1/me", &cookie)).expect("JSON");
        (cookie, me["csrf"].as_str().unwrap_or_default().to_owned())
    }

    /// The body that a path answers with.
    pub fn get(&self, path: &str, cookie: &str) -> String {
        let answer = self.ask("GET", path, &format!("Cookie: {cookie}\r\n"), "");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    fn ask(&self, method: &str, path: &str, head: &str, body: &str) -> String {
        let host = self.base.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the console listens");
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}"
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// The first line of its output with these words, trimmed; waits for it.
    fn said(&mut self, words: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let text = std::fs::read_to_string(self.folder.join("console.err")).expect("its output");
            if let Some(line) = text.lines().find(|line| line.contains(words)) {
                return line.trim().to_owned();
            }
            let ended = self.child.try_wait().expect("our child");
            assert!(ended.is_none() && Instant::now() < deadline, "no {words:?} ({ended:?}):\n{text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ = self.child.wait();
    }
}
