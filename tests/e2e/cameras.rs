//! A supervisor's way through the cameras in headless Chromium: the wall, a live picture, a zone pulled into shape by
//! mouse and by keyboard, a dry run, a baseline approved. Pictures to look at lie in `target/console/`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use streetwatch_tests::binary::{command, workspace};
use streetwatch_tests::browser::Browser;

const PASSWORD: &str = "correct horse battery";

/// `streetwatch run` over two clips that begin again. Ended when dropped.
struct Running {
    child: Child,
    base: String,
    welcome: String,
    city: PathBuf,
}

impl Running {
    fn start(folder: &Path) -> Running {
        let (at, clips) = (folder.display(), workspace().join("demo/clips").canonicalize().expect("clips"));
        let camera = |id: &str, name: &str| {
            format!(
                "\n[[camera]]\nid = \"{id}\"\nname = \"{name}\"\nurl = \"{}/{id}.mp4\" # as it was installed\nrepeat = true\n\
                 start = \"2026-06-01T08:00:00+08:00\"\ngrid = \"320113001001001\"\nlocation = [118.96, 32.13]\n",
                clips.display()
            )
        };
        let zone = "\n# As the bureau wants it.\n[[camera.zone]]\nid = \"road-left\"\nrule = \"illegal-parking\"\ndwell = \"30s\"\n\
                    polygon = [[0.05, 0.95], [0.3, 0.95], [0.72, 0.47], [0.64, 0.45], [0.05, 0.85]]\n";
        let text = format!(
            "city = \"sample\"\nlog = \"embedded:{at}/log\"\nstore = \"{at}/evidence\"\nlisten = \"127.0.0.1:0\"\n\
             [baselines]\nstore = \"{at}/baselines\"\n{}{zone}{}",
            camera("c-001", "Station Road"),
            camera("c-003", "School Gate")
        );
        let city = folder.join("CITY.toml");
        std::fs::write(&city, text).expect("written");
        let file = city.to_str().expect("UTF-8");
        let clip = format!("{}/c-001.mp4", clips.display());
        let build = ["baseline", "build", file, "--camera", "c-001", "--part", "day", "--from", &clip];
        let built = command(build).args(["--every", "10s", "--without-detector"]).output().expect("streetwatch runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let err = folder.join("run.err");
        let out = File::create(&err).expect("a file");
        let mut child = command(["run", file]).stdout(Stdio::null()).stderr(out).spawn().expect("streetwatch starts");
        let deadline = Instant::now() + Duration::from_secs(60);
        let welcome = loop {
            let text = std::fs::read_to_string(&err).expect("its output");
            if let Some(line) = text.lines().find(|line| line.contains("/welcome?token=")) {
                break line.trim().to_owned();
            }
            let ended = child.try_wait().expect("our child");
            assert!(ended.is_none() && Instant::now() < deadline, "it does not start ({ended:?}):\n{text}");
            std::thread::sleep(Duration::from_millis(50));
        };
        let base = welcome.split("/welcome").next().unwrap_or_default().to_owned();
        Running { child, base, welcome, city }
    }

    fn written(&self) -> String {
        std::fs::read_to_string(&self.city).expect("the city")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ = self.child.wait();
    }
}

fn points(browser: &Browser) -> Vec<[f64; 2]> {
    let text = browser.run("return document.querySelector('#points').value");
    let point = |line: &str| {
        let (x, y) = line.split_once(',').expect("a point");
        [x.trim().parse().expect("a number"), y.trim().parse().expect("a number")]
    };
    text.as_str().unwrap_or_default().lines().map(point).collect()
}

#[test]
fn a_supervisor_shapes_a_zone_tries_it_and_saves_it() {
    let Some(browser) = Browser::start("en") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(folder.path());
    let shots = workspace().join("target/console");
    let shot = |name: &str| browser.picture(&shots, name);
    browser.open(&running.welcome);
    browser.write("#name", "admin");
    browser.write("#password", PASSWORD);
    browser.write("#again", PASSWORD);
    browser.click_away("main button.primary");

    // The wall: both cameras online, with live pictures.
    browser.open(&format!("{}/cameras", running.base));
    browser.wait("two live pictures", "return document.querySelectorAll('.wall .age.live').length === 2");
    browser.wait(
        "pictures that are loaded",
        "return [...document.querySelectorAll('.wall img')].every(i => i.naturalWidth > 0)",
    );
    shot("20-wall");

    // A camera: its zone drawn over a live picture. A baseline is approved.
    browser.click_away(".wall [data-camera='c-001/home'] a.title");
    browser.wait("a live picture", "return document.querySelector('.stage .age.live') !== null");
    browser.wait("a large picture", "return document.querySelector('[data-picture]').naturalWidth > 480");
    browser.find(".zones .illegal-parking polygon");
    shot("21-camera");
    browser.click_away("#baselines button.confirm");
    assert!(browser.text().contains("Approved by admin"), "{}", browser.text());
    browser.wait("the baseline", "return document.querySelector('#baselines img').naturalWidth > 0");
    shot("29-baseline");

    // The editor: a point by keyboard, one by mouse, one more.
    browser.run("scrollTo(0, 0)");
    browser.click_away("[data-edit]");
    browser.find(".handle.point[data-n='4']");
    let before = points(&browser);
    browser.run("document.querySelector('.handle.point[data-n=\"1\"]').focus()");
    browser.keys("\u{e014}\u{e014}\u{e013}");
    let moved = points(&browser);
    assert!((moved[1][0] - before[1][0] - 0.01).abs() < 1e-6 && (moved[1][1] - before[1][1] + 0.005).abs() < 1e-6);
    browser.pull(".handle.point[data-n='0'] .dot", 60, -30);
    let pulled = points(&browser);
    assert!(pulled[0][0] > before[0][0] + 0.03 && pulled[0][1] < before[0][1] - 0.02, "{pulled:?}");
    browser.run("document.querySelector('.handle.point[data-n=\"2\"]').focus()");
    browser.keys("\u{e007}");
    assert_eq!(points(&browser).len(), 6, "Enter adds a point");
    browser.keys("\u{e017}");
    assert_eq!(points(&browser).len(), 5, "Delete takes it away");
    shot("22-zones");

    // A wrong value is told at its field; the file stays as it is.
    let file = running.written();
    browser.run("document.querySelector('#s-dwell').value = 'soon'");
    browser.click_away("#zone-form .decide .primary");
    browser.find("#w-dwell");
    assert!(browser.text().contains("no duration"), "{}", browser.text());
    assert_eq!(running.written(), file);
    assert_eq!(points(&browser), pulled, "what was drawn is kept");
    shot("23-refused");

    // A dry run, then the edit holds at once, and the file keeps its comments.
    browser.run("document.querySelector('#s-dwell').value = '5s'");
    browser.click_away("[formaction]");
    browser.find("#tried");
    assert!(browser.text().contains("Candidates with these settings"), "{}", browser.text());
    shot("24-tried");
    browser.click_away("#zone-form .decide .primary");
    assert!(browser.text().contains("The camera goes on with it"), "{}", browser.text());
    let after = running.written();
    assert!(after.contains("dwell = \"5s\"") && after.contains("# As the bureau wants it."), "{after}");
    assert!(after.contains("# as it was installed") && running.city.with_file_name("CITY.toml.0001").exists());
    browser.open(&format!("{}/cameras/c-001", running.base));
    browser.wait("a live picture again", "return document.querySelector('.stage .age.live') !== null");

    // In the other tongue, in the dark, on a phone.
    browser.click_away(".me button[name=lang]");
    browser.click_away(".me button[name=theme]");
    browser.click_away(".me button[name=theme]");
    shot("25-camera-zh-dark");
    browser.size(390, 844);
    let wide = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    for (page, name) in [
        ("/cameras", "26-wall-phone"),
        ("/cameras/c-001", "27-camera-phone"),
        ("/cameras/c-001/zones", "28-zones-phone"),
    ] {
        browser.open(&format!("{}{page}", running.base));
        browser.wait("a page no wider than the phone", wide);
        shot(name);
    }
    // Chromium counts the refused form as a complaint; nothing else may be one.
    let complaints: Vec<String> = browser.complaints().into_iter().filter(|line| !line.contains("422")).collect();
    assert_eq!(complaints, Vec::<String>::new());
}
