//! The last looks at a component: how many show a fault, and which of its tiles stay lost.

use super::tiles::{MOST, Tiles, count};
use crate::vocabulary::{EventTime, Millis};
use serde::{Deserialize, Serialize};

/// Share of the kept looks that must tell of a tile before it counts.
const TOLD: f32 = 0.6;
/// Share of the looks that tell of a tile in which it must be lost to stay lost: an odd picture may find it.
const STAYS: f32 = 0.75;
/// Fewer tiles than this that stay lost are nothing: a bird, a sticker, a mark badly seen. A lamp's head is two.
const FEW: u32 = 2;
/// Share of the tiles that stay lost from which a look shows the fault, though by itself it would say nothing.
/// Whole components of drawn days never had more than 0.13 lost over eight looks whose surroundings were as they were.
const BY_ITSELF: f32 = 0.15;
const MANY: u32 = 3;

/// Looks before these in which what is lost at once was found; and of all that is lost the share that it must be.
const BEFORE: usize = 3;
const ALONE: f32 = 0.7;

/// Looks of different times, each of what most pictures of a while say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Recent {
    looks: Vec<Look>,
    /// The looks before these.
    #[serde(default)]
    before: Vec<Tiles>,
    /// Tiles that were lost from one look to the next, and in every one since.
    #[serde(default)]
    at_once: [u64; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Look {
    from: EventTime,
    yes: u32,
    no: u32,
    /// As the last picture that told of any had them.
    tiles: Tiles,
}

/// The tiles that stay lost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Settled {
    tiles: [u64; 2],
    number: u32,
    /// Their share of all tiles that are told.
    pub share: f32,
    /// Whether half of the looks show a fault by themselves, or most of it was lost at once.
    is_vouched: bool,
}

impl Settled {
    /// Whether these are what is lost here too, and enough to say so, or half of the looks say so.
    fn is_in(&self, tiles: &Tiles) -> bool {
        let (told, lost) = tiles.among(self.tiles);
        let is_enough = self.is_vouched || self.share >= BY_ITSELF && self.number >= MANY;
        is_enough && told > 0 && lost as f32 >= STAYS * told as f32
    }
}

impl Look {
    /// Whether it shows a fault, or what stays lost.
    fn shows(&self, settled: &Settled) -> bool {
        self.yes > self.no || settled.is_in(&self.tiles)
    }
}

impl Recent {
    /// Counts one picture; a look lasts for `slot`, and the last `n` looks are kept. `fault` is none where the
    /// picture tells of tiles only.
    pub fn push(&mut self, at: EventTime, (n, slot): (usize, Millis), fault: Option<bool>, tiles: Tiles) {
        let (y, no) = (u32::from(fault == Some(true)), u32::from(fault == Some(false)));
        match self.looks.last_mut().filter(|last| at.since(last.from) < slot) {
            Some(last) => {
                (last.yes, last.no) = (last.yes.saturating_add(y), last.no.saturating_add(no));
                last.tiles = if tiles.told() > 0 { tiles } else { last.tiles };
            }
            None => {
                let more = (self.looks.len() + 1).saturating_sub(n.max(1));
                self.before.extend(self.looks.drain(..more).map(|look| look.tiles));
                self.before.drain(..self.before.len().saturating_sub(BEFORE));
                self.looks.push(Look { from: at, yes: y, no, tiles });
            }
        }
    }

    /// Remembers the tiles that each of these looks loses and none of those before them lost, where hardly anything else is
    /// lost: a segment. The light takes more, and by and by.
    pub fn note_lost_at_once(&mut self) {
        let tells = |looks: &[Tiles], tile: usize| looks.iter().filter(|l| l.has(tile).0).count();
        let looks: Vec<Tiles> = self.looks.iter().map(|look| look.tiles).collect();
        let mut tiles = [0u64; 2];
        for tile in 0..MOST {
            let stays =
                4 * tells(&looks, tile) >= 3 * looks.len() && looks.iter().all(|l| l.has(tile) != (true, false));
            let is_new = tells(&self.before, tile) + 1 >= BEFORE && !self.before.iter().any(|l| l.has(tile).1);
            if stays && is_new {
                tiles[tile / 64] |= 1 << (tile % 64);
            }
        }
        let (these, all) = looks.iter().fold((0, 0), |m, l| (m.0 + l.among(tiles).1, m.1 + l.lost()));
        if count(tiles) >= FEW && these as f32 >= ALONE * all as f32 {
            self.at_once = tiles;
        }
    }

    /// The tiles that stay lost over the last `n` looks.
    pub fn settled(&self, n: usize) -> Settled {
        let mut counts = [(0u32, 0u32); 128];
        for look in &self.looks {
            for (count, (told, lost)) in counts.iter_mut().zip(look.tiles.each()) {
                *count = (count.0 + u32::from(told), count.1 + u32::from(lost));
            }
        }
        let enough = TOLD * n as f32;
        let mut settled = Settled::default();
        let (mut told, mut stay) = (0, 0);
        for (tile, &(of, lost)) in counts.iter().enumerate().filter(|(_, c)| c.0 as f32 >= enough) {
            told += 1;
            if lost as f32 >= STAYS * of as f32 {
                stay += 1;
                settled.tiles[tile / 64] |= 1 << (tile % 64);
            }
        }
        if stay < FEW {
            return Settled::default();
        }
        let shown = self.looks.iter().filter(|look| look.yes > look.no).count();
        let still = count([self.at_once[0] & settled.tiles[0], self.at_once[1] & settled.tiles[1]]);
        let is_at_once = still >= FEW && still as f32 >= STAYS * count(self.at_once) as f32;
        Settled { number: stay, share: stay as f32 / told as f32, is_vouched: 2 * shown >= n || is_at_once, ..settled }
    }

    /// How many looks show a fault, those that share what stays lost among them; and when the first of them began.
    pub fn showing(&self, settled: &Settled) -> (usize, Option<EventTime>) {
        let mut showing = self.looks.iter().filter(|look| look.shows(settled));
        let first = showing.next().map(|look| look.from);
        (showing.count() + usize::from(first.is_some()), first)
    }

    /// Of all tiles that the looks lose which show a fault, the share that stays lost.
    pub fn steadiness(&self, settled: &Settled) -> f32 {
        let showing = self.looks.iter().filter(|look| look.shows(settled));
        let count = |m: (u32, u32), look: &Look| (m.0 + look.tiles.among(settled.tiles).1, m.1 + look.tiles.lost());
        let (stays, all) = showing.fold((0, 0), count);
        stays as f32 / all.max(1) as f32
    }

    /// Whether the last look shows what stays lost.
    pub fn shows_now(&self, settled: &Settled) -> bool {
        self.looks.last().is_some_and(|look| settled.is_in(&look.tiles))
    }

    /// How many looks are kept.
    pub fn len(&self) -> usize {
        self.looks.len()
    }

    /// Forgets every look.
    pub fn clear(&mut self) {
        *self = Recent::default();
    }
}
