//! The map of vehicles and plans in headless Chromium, with pictures to look at in `target/console/`.

use std::path::Path;
use streetwatch::payload::{EvidenceItem, EvidenceKind};
use streetwatch_tests::binary::workspace;
use streetwatch_tests::browser::Browser;
use streetwatch_tests::desk::Desk;
use streetwatch_tests::devices;
use streetwatch_tests::media;

const PASSWORD: &str = "correct horse battery";

/// The track of the candidate as a file of evidence.
fn track(folder: &Path) -> EvidenceItem {
    let file = folder.join("evidence/track.geojson");
    std::fs::create_dir_all(folder.join("evidence")).expect("a folder");
    std::fs::write(&file, "{\"type\":\"FeatureCollection\",\"features\":[]}").expect("written");
    let uri = format!("file://{}", file.canonicalize().expect("a path").display());
    EvidenceItem { kind: EvidenceKind::Track, at: devices::moment(1000), uri, sha256: "ab".repeat(32) }
}

/// A picture that stands for the map of evidence, where FFmpeg is there to make one.
fn map(folder: &Path) -> Option<EvidenceItem> {
    let file = folder.join("evidence/map.jpg");
    let mut ffmpeg = std::process::Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=960x640", "-frames:v", "1"]).arg(&file);
    let made = media::available() && ffmpeg.status().is_ok_and(|status| status.success());
    let uri = made.then(|| format!("file://{}", file.canonicalize().expect("a path").display()))?;
    Some(EvidenceItem { kind: EvidenceKind::Map, at: devices::moment(1300), uri, sha256: "cd".repeat(32) })
}

/// Clicks on the map at a place, as a mouse does.
fn click_at(browser: &Browser, [lon, lat]: [f64; 2]) {
    browser.run(&format!(
        "const box = document.querySelector('#canvas').getBoundingClientRect(); const [x, y] = Ground.screen([{lon}, {lat}]); \
         for (const kind of ['pointerdown', 'pointerup']) document.querySelector('#canvas').dispatchEvent(new PointerEvent(kind, \
         {{pointerId: 1, button: 0, bubbles: true, clientX: box.left + x, clientY: box.top + y}}))"
    ));
}

#[test]
fn a_track_is_replayed_and_a_fence_is_drawn_moved_and_deleted() {
    let Some(browser) = Browser::start("en") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let plans = folder.path().join("plans");
    devices::plans(&plans);
    let candidate = devices::candidate([track(folder.path())].into_iter().chain(map(folder.path())).collect());
    let id = candidate.id;
    let mut desk = Desk::over(folder.path(), &devices::city(folder.path()), devices::records(candidate));
    let base = desk.base.clone();
    let shot = |name: &str| browser.picture(&workspace().join("target/console"), name);
    let number = |script: &str| browser.run(&format!("return {script}")).as_f64().unwrap_or(f64::NAN);
    browser.open(&desk.welcome());
    browser.write("#name", "admin");
    browser.write("#password", PASSWORD);
    browser.write("#again", PASSWORD);
    browser.click_away("main button.primary");

    // The map: vehicles, devices, plans, from the city's own data.
    browser.wait("the readings", &format!("return fetch('{base}/api/v1/vehicles').then(a => a.json()).then(j => j.devices.length === 3 && j.devices[0].state === 'moving')"));
    browser.open(&format!("{base}/map"));
    browser.find("body[data-ready]");
    assert_eq!(number("document.querySelectorAll('#listing .line').length"), 3.0);
    assert!(browser.text().contains("苏A12345") && browser.text().contains("Unknown"), "{}", browser.text());
    shot("20-map");

    // A truck's day: its line, its stops, its gap, its bad fixes; played, and a stop looked at.
    browser.click("#listing .line");
    browser.find("body[data-track]");
    let track = number("Number(document.body.dataset.track)");
    assert!(track > 150.0, "{track}");
    assert_eq!(number("document.querySelectorAll('#stops button').length"), 1.0);
    let words = browser.run("return document.querySelector('#track-words').textContent").to_string();
    assert!(words.contains("Gaps: 1") && words.contains("Marked points: 4"), "{words}");
    shot("21-track");
    let from = number("Number(document.querySelector('#slider').value)");
    browser.click("#play");
    browser.wait("the replay", &format!("return document.querySelector('#slider').value > {from} + 20"));
    browser.click("#play");
    browser.click("#stops button");
    let stop = browser.run("return [document.querySelector('#stops button').textContent.slice(0, 5), document.querySelector('#moment').textContent.slice(0, 5)]");
    assert!(stop[0] == stop[1] && stop[0] == "08:15", "the start of the stop: {stop}");
    browser.run("document.querySelector('#slider').value = Number(document.querySelector('#slider').min) + 500; document.querySelector('#slider').dispatchEvent(new Event('input'))");
    shot("22-replay");

    // Bins and covers: an open cover is seen at once.
    browser.click("[data-side=devices]");
    browser.wait("four devices", "return document.querySelectorAll('#listing .line').length === 4");
    assert!(browser.text().contains("Open") && browser.text().contains("Full"), "{}", browser.text());
    shot("23-devices");

    // A fence is drawn by clicks, refused without its kind's own sense, saved, and found in its file.
    browser.click("#close");
    browser.click("[data-side=plans]");
    browser.run("Ground.fit([[118.90, 32.05], [118.96, 32.08]])");
    browser.click("[data-new=fences]");
    browser.find("[data-form=fences]:not([hidden])");
    for (east, north) in [(500.0, 1900.0), (1100.0, 1900.0), (1100.0, 2500.0), (500.0, 2400.0)] {
        click_at(&browser, devices::at(east, north));
    }
    browser.wait("four points", "return document.querySelectorAll('#drawing .point').length === 4");
    browser.write("#fences-id", "hospital");
    browser.write("#fences-name", "Hospital");
    browser.write("#fences-schedule", "whenever");
    browser.click("[data-form=fences] [data-save]");
    browser.wait("a refusal", "return !document.querySelector('[data-form=fences] [data-wrong=schedule]').hidden");
    shot("24-refused");
    browser.run("document.querySelector('#fences-schedule').value = 'Mon-Sun 22:00-06:00'");
    browser.pull("#drawing .point[data-n='2']", 40, -30);
    shot("25-fence");
    browser.click("[data-form=fences] [data-save]");
    browser.wait("the fence", "return document.querySelector('#about h2')?.textContent.includes('Hospital')");
    let written = std::fs::read_to_string(plans.join("fences.geojson")).expect("there");
    assert!(written.contains("hospital") && written.contains("Mon-Sun 22:00-06:00"), "{written}");
    assert_eq!(written.lines().filter(|line| line.contains("Feature\"")).count(), 4, "{written}");
    shot("26-saved");

    // Deleted again, after a question.
    browser.click("[data-edit-item=hospital]");
    browser.click("[data-form=fences] [data-delete]");
    browser.click("#delete-now");
    browser.wait("it is gone", "return !document.body.classList.contains('drawing')");
    assert!(!std::fs::read_to_string(plans.join("fences.geojson")).expect("there").contains("hospital"));

    // Permits: a table with a form; a name that is none is refused.
    browser.open(&format!("{base}/plans?kind=permits"));
    shot("27-permits");
    browser.click("[data-edit=permits]");
    browser.run("document.querySelector('#permits-routes').value = 'r-9'");
    browser.click("[data-form=permits] [data-save]");
    browser.wait("a refusal", "return !document.querySelector('[data-form=permits] [data-wrong=routes]').hidden");
    shot("28-permit");
    browser.run("document.querySelector('#permits-routes').value = 'r-1'; document.querySelector('#permits-schedule').value = 'Mon-Fri 08:00-18:00'");
    browser.click_away("[data-form=permits] [data-save]");
    assert!(std::fs::read_to_string(plans.join("permits.csv")).expect("there").contains("Mon-Fri 08:00-18:00"));

    // The candidate that the truck's readings raised, and its track then.
    browser.open(&format!("{base}/candidates/{id}"));
    let page = browser.text();
    assert!(
        page.contains("14 min · limit 5 min")
            && page.contains("苏A12345")
            && page.contains("camera and terminal agree"),
        "{page}"
    );
    shot("29-sensor-candidate");
    browser.click_away("#on-map");
    browser.find("body[data-track]");
    browser.wait("that moment", "return document.querySelector('#moment').textContent === '08:16:40'");
    browser.open(&format!("{base}/queue"));
    assert!(browser.text().contains("Stop outside sites · 苏A12345"), "{}", browser.text());
    shot("30-sensor-queue");

    // Who was in the part of the map that is shown.
    browser.open(&format!("{base}/map"));
    browser.find("body[data-ready]");
    browser.click("#area-ask");
    browser.wait("both that drove", "return document.querySelectorAll('#listing .line').length === 2");
    assert!(browser.text().contains("苏A12345"), "{}", browser.text());
    shot("31-area");

    // Of half a continent is not told: the refusal stays when the list is made anew, as it is every five seconds.
    browser.click("#area-ask");
    browser.wait("the list again", "return document.querySelectorAll('#listing .line').length === 3");
    browser.run("Ground.zoom(1e-3)");
    browser.click("#area-ask");
    browser.wait("a refusal", "return !document.querySelector('#area-refused').hidden");
    browser.run("Things.list()");
    assert!(browser.text().contains("zoom in"), "{}", browser.text());
    shot("31-area-refused");
    browser.click("[data-fit]");
    browser.click("#area-ask");
    browser.wait("both again", "return document.querySelectorAll('#listing .line').length === 2");
    assert!(browser.run("return document.querySelector('#area-refused').hidden") == true);

    // In Chinese, in the dark, on a phone: still a map.
    browser.click_away(".me button[name=lang]");
    browser.click_away(".me button[name=theme]");
    browser.click_away(".me button[name=theme]");
    browser.find("body[data-ready]");
    browser.click("#listing .line");
    browser.find("body[data-track]");
    assert!(browser.text().contains("渣土车") && browser.text().contains("停留"), "{}", browser.text());
    shot("32-map-dark");
    browser.size(390, 844);
    browser.open(&format!("{base}/map"));
    browser.find("body[data-ready]");
    shot("33-map-phone");

    // A busy machine tells of the ground's size after all else is there: the things are in sight nevertheless.
    browser.before_pages("window.ResizeObserver = class { observe() {} }");
    browser.open(&format!("{base}/map"));
    browser.find("body[data-ready]");
    let sight = number("(b => b.east - b.west)(Ground.bounds())");
    assert!(sight > 0.0 && sight < 1.0, "{sight} degrees wide");
    // What was refused above.
    let is_meant =
        |line: &String| line.contains("400 (Bad Request)") || line.contains("/tracks?") && line.contains("422");
    let complaints: Vec<String> = browser.complaints().into_iter().filter(|line| !is_meant(line)).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
