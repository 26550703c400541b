//! Turns that a truck takes off its way: lawful ones that only look like sins, and sins, each told to the truth.

use super::*;

impl Day<'_> {
    /// A stretch driven 35 m beside the street.
    pub(super) fn beside(&mut self, way: &Way) -> Way {
        let mut way = way.clone();
        if let Some(at) = self.dice.pick(&way.plain(self.town)).copied() {
            let (first, _) = way.cut(at, 35.0);
            let middle = first.0.last().copied();
            let (a, b) = (way.0[at - 1].p, way.0[at].p);
            let aside = |t: f64, m: Metres| Metres { x: m.x + (b.x - a.x) * t, y: m.y + (b.y - a.y) * t };
            if let Some(middle) = middle {
                let point = |t| Point { p: aside(t, middle.p), limit: 30.0, ..middle };
                way.0.splice(at..at, [point(-0.2), point(0.2)]);
            }
        }
        way
    }

    /// So many metres into a side street, and back.
    pub(super) fn wrong_turn(&mut self, way: &Way) -> Way {
        let mut way = way.clone();
        let inner: Vec<usize> = (2..way.0.len().saturating_sub(2)).filter(|i| way.0[*i].node.is_some()).collect();
        let Some(at) = self.dice.pick(&inner).copied() else { return way };
        let Some(node) = way.0[at].node else { return way };
        let is_own = |e: Edge| self.truck.routes.iter().any(|r| uses(r, e));
        let free = |n: &Node| !is_own(edge(node, *n)) && is_open(self.town, edge(node, *n));
        let sides: Vec<Node> = self.town.neighbours(node).filter(free).collect();
        if let Some(side) = self.dice.pick(&sides) {
            let (a, b) = (self.town.at(node), self.town.at(*side));
            let t = 110.0 / a.distance(b);
            let p = Metres { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
            let spur = Point { p, limit: 30.0, is_crossing: false, in_tunnel: false, node: None };
            let back = Point { limit: 30.0, is_crossing: false, in_tunnel: false, ..way.0[at] };
            way.0.splice(at + 1..at + 1, [spur, back]);
        }
        way
    }

    /// Leaves its route for another street, at least two blocks long.
    pub(super) fn detour(&mut self, way: &Way) -> bool {
        for _ in 0..12 {
            let inner: Vec<usize> = (1..way.0.len()).filter(|i| way.0[*i].node.is_some()).collect();
            if inner.len() < 4 {
                return false;
            }
            let from = inner[self.dice.below(inner.len() - 3)];
            let to = from + 2 + self.dice.below(3);
            let (Some(a), Some(b)) = (way.0[from].node, way.0.get(to).and_then(|p| p.node)) else { continue };
            let open = |e: Edge| is_open(self.town, e) && !self.truck.routes.iter().any(|r| uses(r, e));
            let Some(nodes) = self.town.way(self.dice, a, b, open) else { continue };
            let other = spliced(self.town, way, from, to, &nodes);
            if self.is_one_detour(&other) {
                let style = Style { top: 40.0, ..Style::calm(self.dice) };
                self.actor.drive(&other, &style, self.dice);
                return true;
            }
        }
        false
    }

    /// Whether a way leaves the corridors once, for long, or not at all.
    pub(super) fn is_one_detour(&self, way: &Way) -> bool {
        let mut lengths: Vec<f64> = Vec::new();
        let (mut is_off, step) = (false, 10.0);
        for w in way.0.windows(2) {
            let length = w[0].p.distance(w[1].p);
            let n = (length / step).ceil().max(1.0);
            for k in 0..n as usize {
                let t = (k as f64 + 0.5) / n;
                let p = Metres { x: w[0].p.x + (w[1].p.x - w[0].p.x) * t, y: w[0].p.y + (w[1].p.y - w[0].p.y) * t };
                let off = self.truck.off(p) > REACH;
                match lengths.last_mut().filter(|_| off && is_off) {
                    Some(known) => *known += length / n,
                    None if off => lengths.push(length / n),
                    None => {}
                }
                is_off = off;
            }
        }
        matches!(lengths.as_slice(), [one] if *one >= DETOUR)
    }

    /// Its way, but past a school.
    pub(super) fn past(&mut self, way: &Way, school: Edge) -> Option<Way> {
        let inner: Vec<usize> = (1..way.0.len()).filter(|i| way.0[*i].node.is_some()).collect();
        let (from, to) = (*inner.first()?, *inner.last()?);
        let (a, b) = (way.0[from].node?, way.0[to].node?);
        for (near, far) in [(school.0, school.1), (school.1, school.0)] {
            let own = |e: Edge| self.truck.standing == Standing::Routed && self.truck.routes.iter().any(|r| uses(r, e));
            // It leaves its route for good, or it would cross it again and again.
            let open = |e: Edge| is_open(self.town, e) && !own(e);
            let (Some(there), Some(back)) =
                (self.town.way(self.dice, a, near, open), self.town.way(self.dice, far, b, open))
            else {
                continue;
            };
            if there.contains(&far) || back.contains(&near) {
                continue;
            }
            let nodes = [there, back].concat();
            let other = spliced(self.town, way, from, to, &nodes);
            if self.truck.standing != Standing::Routed || self.is_one_detour(&other) {
                return Some(other);
            }
        }
        None
    }

    /// Its way past a school that its permit names, or whose hours are well over.
    pub(super) fn past_lawfully(&mut self, way: &Way) -> Option<(Way, &'static str)> {
        if self.truck.standing == Standing::Routed {
            return None;
        }
        if let Some(school) = self.truck.may_enter {
            return self.past(way, school).map(|way| (way, "past a school, as its permit says"));
        }
        let over = self.actor.time() > SCHOOL_UNTIL + 600;
        let schools: Vec<Edge> =
            self.town.schools.iter().enumerate().filter(|(i, _)| over && has_hours(*i)).map(|(_, e)| *e).collect();
        let school = self.dice.pick(&schools).copied()?;
        self.past(way, school).map(|way| (way, "past a school after its hours"))
    }

    pub(super) fn school(&mut self, way: &Way) -> bool {
        let mut schools: Vec<usize> = (0..self.town.schools.len()).collect();
        self.dice.shuffle(&mut schools);
        let now = self.actor.time();
        for i in schools {
            let school = self.town.schools[i];
            // Well before its hours are over, or any time where it has none.
            if self.truck.may_enter == Some(school) || (has_hours(i) && now > SCHOOL_UNTIL - 2400) {
                continue;
            }
            if let Some(other) = self.past(way, school) {
                let style = Style { top: 36.0, ..Style::calm(self.dice) };
                self.actor.drive(&other, &style, self.dice);
                return true;
            }
        }
        false
    }

    pub(super) fn speed(&mut self, way: &Way) -> bool {
        let Some((from, to)) = way.straight() else { return false };
        let length: f64 = way.0[from..=to].windows(2).map(|w| w[0].p.distance(w[1].p)).sum();
        let limit = way.0[to].limit;
        let share = self.dice.within(1.35, 1.55);
        if length / (limit * share / 3.6) < 55.0 {
            return false;
        }
        let style = Style { hurry: Some((from + 1, to, share)), ..Style::calm(self.dice) };
        let start = self.actor.time() as usize;
        self.actor.drive(way, &style, self.dice);
        let street = [way.0[from].p, way.0[to].p];
        let fast = |s: &crate::simulate::drive::Second| s.speed * 3.6 > limit * 1.1 && distance(&street, s.p) < 3.0;
        let found = spans(&self.actor.seconds[start..], 10, |_, s| fast(s));
        let (Some(a), Some(b)) = (way.0[to - 1].node, way.0[to].node) else { return true };
        let (zone, _) = self.town.street_of(edge(a, b));
        let found = found.iter().map(|[a, b]| [a + start as i64, b + start as i64]).collect();
        let about = (self.truck.device.as_str(), SensorRule::OverSpeed, zone.as_str());
        self.stories.spans(about, found, [5, 40], ["far too fast", "too fast for a moment"]);
        true
    }

    pub(super) fn stop(&mut self, way: &Way) -> bool {
        let Some(at) = self.dice.pick(&way.plain(self.town)).copied() else { return false };
        let (first, second) = way.cut(at, -4.0);
        let calm = Style::calm(self.dice);
        self.actor.drive(&first, &calm, self.dice);
        let (start, long, off) = (self.actor.time(), self.dice.seconds(900, 2100), self.dice.chance(0.6));
        self.actor.stand(long, |_, s| s.ignition = !off);
        self.actor.now.ignition = true;
        let span = [start, self.actor.time()];
        self.stories.event(&self.truck.device, SensorRule::IllegalStop, "vehicle", span, "stood by the road");
        self.actor.drive(&second, &calm, self.dice);
        true
    }

    pub(super) fn dump(&mut self, way: &Way) -> bool {
        let Some(at) = self.dice.pick(&way.plain(self.town)).copied() else { return false };
        let left = if self.dice.chance(0.5) { -4.0 } else { 30.0 };
        let (first, second) = way.cut(at, left);
        let calm = Style::calm(self.dice);
        self.actor.drive(&first, &calm, self.dice);
        let (start, long, full) = (self.actor.time(), self.dice.seconds(240, 400), self.actor.now.load);
        self.actor.stand(long, |t, s| {
            s.lifted = (0.3..0.7).contains(&t);
            s.load = full * ((0.6 - t) * 4.0).clamp(0.0, 1.0);
        });
        (self.actor.now.lifted, self.actor.now.load) = (false, 0.0);
        let span = [start + long * 3 / 10, self.actor.time()];
        self.stories.event(&self.truck.device, SensorRule::Dumping, "vehicle", span, "unloaded by the road");
        self.actor.drive(&second, &calm, self.dice);
        true
    }

    /// There and back with its terminal unplugged.
    pub(super) fn silent(&mut self, way: &Way) {
        let start = self.actor.time();
        self.actor.now.unplugged = true;
        let full = self.dice.within(0.75, 0.95);
        self.actor.stand(800, |t, s| s.load = full * (t * 1.2).min(1.0));
        let calm = Style::calm(self.dice);
        self.actor.drive(way, &calm, self.dice);
        self.unload();
        // Back where it began before the terminal speaks again.
        self.leg(&self.truck.tip, &self.truck.site);
        self.actor.stand(800, |_, _| {});
        self.actor.now.unplugged = false;
        let span = [start, self.actor.time()];
        self.stories.event(
            &self.truck.device,
            SensorRule::TerminalSilent,
            "vehicle",
            span,
            "drove with its terminal out",
        );
        // Out again, so that its next round begins at the site as any other.
        self.leg(&self.truck.site, &self.truck.tip);
    }
}
