//! A simple tune: a melody over a bass on a pentatonic scale.

use super::{dice::Dice, pcm::Pcm};

/// A tune of `seconds` for the seed, in whole samples (rounded down). Odd
/// channels hear the melody a little softer than even ones. No more than ten
/// hours are made, and at least one channel.
pub fn compose(seed: u64, seconds: f32, sample_rate_hz: u32, channels: u16) -> Pcm {
    let rate = sample_rate_hz.max(1);
    let channels = channels.max(1);
    let frames = (f64::from(seconds).clamp(0.0, 36_000.0) * f64::from(rate)) as usize;
    let mut song = Song::new(seed, rate);
    let mut samples = Vec::with_capacity(frames * usize::from(channels));
    for frame in 0..frames {
        let (melody, bass) = song.next(frame as u64);
        for channel in 0..channels {
            let melody = if channel % 2 == 0 {
                melody
            } else {
                melody * 3 / 4
            };
            samples.push((melody + bass) as i16);
        }
    }
    Pcm {
        sample_rate_hz: rate,
        channels,
        samples,
    }
}

/// What sounds at the moment.
struct Song {
    dice: Dice,
    rate: u64,
    /// Samples from one note of the melody to the next.
    beat: u64,
    /// Half tones above A at 220 Hz.
    key: usize,
    step: usize,
    melody: Voice,
    octave: Voice,
    bass: Voice,
}

/// One string: a phase that turns, and a loudness that fades.
#[derive(Debug, Clone, Copy, Default)]
struct Voice {
    phase: u32,
    turn: u32,
    /// Times 2¹⁶.
    loudness: i64,
}

/// Half tones of the pentatonic scale over two octaves.
const SCALE: [usize; 10] = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21];
/// 2^(n/12) times 2¹⁶, n from 0 to 11.
const HALF_TONES: [u64; 12] = [
    65_536, 69_433, 73_562, 77_936, 82_570, 87_480, 92_682, 98_193, 104_032, 110_218, 116_772,
    123_715,
];

impl Song {
    fn new(seed: u64, rate: u32) -> Self {
        let mut dice = Dice(seed);
        let rate = u64::from(rate);
        let beats_a_minute = 150 + 12 * dice.below(11);
        Self {
            key: dice.below(12) as usize,
            step: dice.below(5) as usize,
            beat: (rate * 60 / beats_a_minute).max(1),
            dice,
            rate,
            melody: Voice::default(),
            octave: Voice::default(),
            bass: Voice::default(),
        }
    }

    /// Melody and bass of one sample.
    fn next(&mut self, frame: u64) -> (i32, i32) {
        if frame.is_multiple_of(self.beat) {
            self.strike(frame / self.beat);
        }
        let overtone = self.octave.next() / 4;
        (self.melody.next() + overtone, self.bass.next())
    }

    /// The melody walks by small steps and rests now and then; the bass plays
    /// every fourth beat.
    fn strike(&mut self, beat: u64) {
        let walk = self.dice.below(5) as usize;
        self.step = (self.step + walk).saturating_sub(2).min(SCALE.len() - 1);
        if beat == 0 || self.dice.below(6) != 0 {
            let note = self.key + 12 + SCALE[self.step];
            self.melody.strike(self.turn(note), 9_000);
            self.octave.strike(self.turn(note + 12), 9_000);
        }
        if beat.is_multiple_of(4) {
            let note = self.key + [0, 0, 7, 5][self.dice.below(4) as usize];
            self.bass.strike(self.turn(note) / 2, 9_000);
        }
    }

    /// Turns of 2³² a sample, for a note so many half tones above 220 Hz.
    fn turn(&self, note: usize) -> u32 {
        let hertz = (220 * HALF_TONES[note % 12]) << (note / 12);
        u32::try_from((hertz << 16) / self.rate).unwrap_or(0)
    }
}

impl Voice {
    fn strike(&mut self, turn: u32, loudness: i64) {
        self.turn = turn;
        self.loudness = loudness << 16;
    }

    fn next(&mut self) -> i32 {
        self.phase = self.phase.wrapping_add(self.turn);
        self.loudness -= self.loudness >> 14;
        let sample = i64::from(wave(self.phase)) * (self.loudness >> 16);
        (sample >> 15) as i32
    }
}

/// Nearly a sine, full scale 2¹⁵: two parabolas, bent once more towards it.
fn wave(phase: u32) -> i32 {
    let x = i64::from(phase.cast_signed()) >> 16;
    let parabola = (4 * x * (32_768 - x.abs())) >> 15;
    let square = (parabola * parabola.abs()) >> 15;
    (parabola + (((square - parabola) * 7_373) >> 15)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_own_tune_again_and_again() {
        let tune = compose(7, 1.5, 44_100, 2);
        assert_eq!(tune, compose(7, 1.5, 44_100, 2));
        assert_ne!(tune, compose(8, 1.5, 44_100, 2));
        assert_eq!(tune.frames(), 66_150);
    }

    #[test]
    fn it_is_loud_enough_and_never_clips() {
        for seed in 0..20 {
            let tune = compose(seed, 2.0, 8_000, 1);
            let loudest = tune
                .samples
                .iter()
                .map(|sample| sample.unsigned_abs())
                .max()
                .unwrap();
            assert!((4_000..30_000).contains(&loudest), "{seed}: {loudest}");
        }
    }

    #[test]
    fn the_wave_is_close_to_a_sine() {
        for step in 0..1_000_u32 {
            let angle = f64::from(step) / 1_000.0;
            let expected = (angle * std::f64::consts::TAU).sin();
            let found = f64::from(wave((angle * 4_294_967_296.0) as u32)) / 32_768.0;
            assert!(
                (found - expected).abs() < 0.003,
                "{step}: {found} {expected}"
            );
        }
    }

    #[test]
    fn senseless_shapes_are_made_sensible() {
        assert_eq!(compose(1, -1.0, 44_100, 2).samples, []);
        assert_eq!(compose(1, f32::NAN, 44_100, 2).samples, []);
        let odd = compose(1, 1.0, 0, 0);
        assert_eq!((odd.sample_rate_hz, odd.channels), (1, 1));
    }
}
