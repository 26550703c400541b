//! YUV to RGB to a model's input values, as one affine step and a clamp.

use crate::manifest::{Colour, InputSpec};
use crate::planes::{Matrix, Planes};

/// Conversion of one picture for one model. RGB is on the 0..255 scale before
/// normalisation: `value = (rgb * scale - mean) / std`.
pub(super) struct Converter {
    y_gain: f32,
    y_offset: f32,
    /// Chroma gains: red from V, green from U, green from V, blue from U.
    rv: f32,
    gu: f32,
    gv: f32,
    bu: f32,
    /// Gain and offset of the model's channels, in R, G, B order.
    norm: [(f32, f32); 3],
    /// Where R, G and B go.
    slot: [usize; 3],
}

impl Converter {
    /// Coefficients of ITU-R BT.601-7 and BT.709-6, section 3 of each.
    pub fn new(planes: &Planes, input: &InputSpec) -> Converter {
        let (kr, kb) = match planes.matrix {
            Matrix::Bt601 => (0.299f32, 0.114f32),
            Matrix::Bt709 => (0.2126, 0.0722),
        };
        let kg = 1.0 - kr - kb;
        let (y_gain, y_zero, chroma) =
            if planes.full_range { (1.0, 0.0, 1.0) } else { (255.0 / 219.0, 16.0, 255.0 / 224.0) };
        let slot = match input.colour {
            Colour::Rgb => [0, 1, 2],
            Colour::Bgr => [2, 1, 0],
        };
        Converter {
            y_gain,
            y_offset: -y_zero * y_gain,
            rv: 2.0 * (1.0 - kr) * chroma,
            gu: -2.0 * kb * (1.0 - kb) / kg * chroma,
            gv: -2.0 * kr * (1.0 - kr) / kg * chroma,
            bu: 2.0 * (1.0 - kb) * chroma,
            norm: slot.map(|c| input.gain_and_offset(c)),
            slot,
        }
    }

    /// One row: `y`, `u`, `v` to the three channels in the model's order.
    pub fn row(&self, [y, u, v]: [&[f32]; 3], channels: [&mut [f32]; 3]) {
        let n = y.len();
        let (u, v) = (&u[..n], &v[..n]);
        let mut by_slot = channels.map(Some);
        let mut take = |slot: usize| by_slot[slot].take().unwrap_or_default();
        let (r, g, b) = (take(self.slot[0]), take(self.slot[1]), take(self.slot[2]));
        let (r, g, b) = (&mut r[..n], &mut g[..n], &mut b[..n]);
        let [(ra, rb), (ga, gb), (ba, bb)] = self.norm;
        for i in 0..n {
            let luma = y[i] * self.y_gain + self.y_offset;
            let (cb, cr) = (u[i] - 128.0, v[i] - 128.0);
            r[i] = (luma + self.rv * cr).clamp(0.0, 255.0) * ra + rb;
            g[i] = (luma + self.gu * cb + self.gv * cr).clamp(0.0, 255.0) * ga + gb;
            b[i] = (luma + self.bu * cb).clamp(0.0, 255.0) * ba + bb;
        }
    }
}
