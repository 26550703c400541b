//! A truck's rounds, hour by hour, and what on them only looks like a sin.

use super::*;

impl Day<'_> {
    pub(super) fn whole(&mut self, settings: &Settings, deck: &mut Deck) {
        let end = settings.seconds();
        let truck = self.truck;
        let wait = self.dice.seconds(60, 900);
        self.actor.stand(wait, |_, _| {});
        self.leg(&truck.yard, &truck.site);
        let mut breaks = 0;
        while self.actor.time() < end - 75 * 60 {
            let is_good = matches!(truck.standing, Standing::Routed | Standing::Free);
            let mut sin = (is_good && self.dice.chance(0.5)).then(|| deck.draw(self.dice));
            if sin == Some(Sin::OverStay) && self.actor.time() > end - 200 * 60 {
                deck.0.insert(0, Sin::OverStay);
                sin = None;
            }
            let done = self.round(sin);
            if let Some(sin) = sin.filter(|_| !done) {
                // Not possible on its way: another truck's turn.
                deck.0.insert(0, sin);
            }
            let tired = self.actor.time() > (breaks + 1) * 9000;
            if (sin == Some(Sin::OverStay) && done) || (tired && self.actor.time() < end - 110 * 60) {
                breaks += 1;
                let long = sin == Some(Sin::OverStay) && done;
                self.rest(long);
            } else {
                self.leg(&truck.tip, &truck.site);
            }
        }
        self.leg(&truck.site, &truck.yard);
        let left = (end - self.actor.time()).clamp(0, 1800);
        self.actor.stand(left, |_, s| s.ignition = false);
    }

    /// From the tip to the yard, a while there, and to the site.
    pub(super) fn rest(&mut self, long: bool) {
        let truck = self.truck;
        self.leg(&truck.tip, &truck.yard);
        let start = self.actor.time() - 10;
        let stay = if long { self.dice.seconds(85 * 60, 110 * 60) } else { self.dice.seconds(15 * 60, 35 * 60) };
        self.actor.stand(stay, |_, s| s.ignition = false);
        self.actor.now.ignition = true;
        let span = [start, self.actor.time()];
        if long {
            let zone = format!("yard-{:02}", truck.yard_index);
            self.stories.event(&truck.device, SensorRule::OverStay, &zone, span, "stayed in the yard for over an hour");
        } else {
            self.stories.lookalike(&truck.device, SensorRule::OverStay, span, "a break in the yard");
        }
        self.leg(&truck.yard, &truck.site);
    }

    /// Loads, drives to the tip, unloads. False where the sin was not possible.
    pub(super) fn round(&mut self, sin: Option<Sin>) -> bool {
        let truck = self.truck;
        if truck.standing == Standing::Hours {
            // Not on the road while the permit runs out.
            let now = self.actor.time();
            if (PERMITTED_UNTIL - 50 * 60..PERMITTED_UNTIL + 300).contains(&now) {
                self.actor.stand(PERMITTED_UNTIL + 300 - now, |_, _| {});
            }
        }
        let way = self.way(&truck.site, &truck.tip);
        let sees = |way: &Way| way.0.iter().filter_map(|p| p.node).any(|n| self.cameras.contains(&n));
        if sin == Some(Sin::Silent) && sees(&way) {
            self.silent(&way);
            return true;
        }
        self.load();
        let start = self.actor.time();
        let mut done = true;
        match sin {
            Some(Sin::Deviation) => done = self.detour(&way),
            Some(Sin::NoEntry) => done = self.school(&way),
            Some(Sin::OverSpeed) => done = self.speed(&way),
            Some(Sin::IllegalStop) => done = self.stop(&way),
            Some(Sin::Dumping) => done = self.dump(&way),
            Some(Sin::Silent) => done = false,
            Some(Sin::OverStay) | None => self.harmless(&way),
        }
        if !done {
            self.harmless(&way);
        }
        let is_without = match truck.standing {
            Standing::Black => true,
            Standing::Hours => start > PERMITTED_UNTIL,
            _ => false,
        };
        if is_without {
            let span = [start, self.actor.time()];
            self.stories.event(&truck.device, SensorRule::NoPermit, "vehicle", span, "a load without a permit");
        }
        self.unload();
        done
    }

    pub(super) fn load(&mut self) {
        let (minutes, full) = (self.dice.seconds(420, 660), self.dice.within(0.75, 0.95));
        self.actor.stand(minutes, |t, s| s.load = full * (t * 1.2).min(1.0));
        self.actor.now.load = full;
    }

    pub(super) fn unload(&mut self) {
        let minutes = self.dice.seconds(260, 400);
        let full = self.actor.now.load;
        if full > 0.1 {
            self.actor.stand(minutes, |t, s| {
                s.lifted = (0.3..0.7).contains(&t);
                s.load = full * ((0.6 - t) * 4.0).clamp(0.0, 1.0);
            });
            self.stories.lookalike(
                &self.truck.device,
                SensorRule::Dumping,
                [self.actor.time() - minutes, self.actor.time()],
                "unloaded where it may",
            );
        } else {
            self.actor.stand(minutes / 2, |_, _| {});
        }
        (self.actor.now.lifted, self.actor.now.load) = (false, 0.0);
    }

    /// A way that its permit allows.
    pub(super) fn way(&mut self, from: &Lot, to: &Lot) -> Way {
        let ends = |way: &&Way| {
            let (first, last) = (way.0.first().map(|p| p.p), way.0.last().map(|p| p.p));
            (first, last) == (Some(from.middle), Some(to.middle))
        };
        if let Some(way) = self.truck.routes.iter().find(ends) {
            return way.clone();
        }
        let back: Vec<Way> = self.truck.routes.iter().map(Way::reversed).collect();
        match back.iter().find(ends) {
            Some(way) => way.clone(),
            None => between(self.town, self.dice, from, to, &[]).unwrap_or_default(),
        }
    }

    pub(super) fn leg(&mut self, from: &Lot, to: &Lot) {
        let way = self.way(from, to);
        let style = Style { jam: self.dice.chance(0.12), ..Style::calm(self.dice) };
        let start = self.actor.time();
        self.actor.drive(&way, &style, self.dice);
        if self.truck.standing == Standing::Black {
            let span = [start, self.actor.time()];
            self.stories.lookalike(
                &self.truck.device,
                SensorRule::NoPermit,
                span,
                "empty, and so without need of a permit",
            );
        }
    }

    /// Drives as others do, and sometimes so that it looks like something.
    pub(super) fn harmless(&mut self, way: &Way) {
        let (device, start) = (self.truck.device.clone(), self.actor.time());
        let calm = Style::calm(self.dice);
        match self.dice.below(8) {
            0 => {
                self.actor.drive(way, &Style { jam: true, ..calm }, self.dice);
                let span = [start, self.actor.time()];
                self.stories.lookalike(&device, SensorRule::IllegalStop, span, "stood in a jam");
            }
            1 => self.pause(way, &calm),
            2 => {
                let way = self.beside(way);
                self.actor.drive(&way, &calm, self.dice);
                let span = [start, self.actor.time()];
                self.stories.lookalike(&device, SensorRule::Deviation, span, "drove beside the road, in the corridor");
            }
            3 if self.truck.standing == Standing::Routed => {
                let way = self.wrong_turn(way);
                self.actor.drive(&way, &calm, self.dice);
            }
            4 => {
                let hurry = way.straight().map(|(from, to)| (from + 1, to, 1.05));
                self.actor.drive(way, &Style { hurry, ..calm }, self.dice);
                let span = [start, self.actor.time()];
                self.stories.lookalike(&device, SensorRule::OverSpeed, span, "5 % over the limit");
            }
            5 | 6 => {
                let (other, story) = self.past_lawfully(way).unwrap_or_else(|| (way.clone(), ""));
                self.actor.drive(&other, &calm, self.dice);
                if !story.is_empty() {
                    self.stories.lookalike(&device, SensorRule::NoEntry, [start, self.actor.time()], story);
                }
            }
            _ => self.actor.drive(way, &calm, self.dice),
        }
    }

    pub(super) fn pause(&mut self, way: &Way, calm: &Style) {
        let Some(at) = self.dice.pick(&way.plain(self.town)).copied() else {
            return self.actor.drive(way, calm, self.dice);
        };
        let (first, second) = way.cut(at, -4.0);
        self.actor.drive(&first, calm, self.dice);
        let (start, long) = (self.actor.time(), self.dice.seconds(150, 400));
        self.actor.stand(long, |_, _| {});
        let span = [start, self.actor.time()];
        self.stories.lookalike(&self.truck.device, SensorRule::IllegalStop, span, "a short stop by the road");
        self.actor.drive(&second, calm, self.dice);
    }
}
