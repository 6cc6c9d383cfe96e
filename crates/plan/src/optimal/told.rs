use {
    crate::{estimate::Sound, planned::Said},
    longplay_model::{Form, Reason},
};

/// What is said of a lead, and what its bytes follow from, in 4 bytes: 2 bits for the
/// form that is kept or would be, 2 for that of the first step from nothing (of both, 0
/// is none), 1 for whether its sound is looked up elsewhere, 3 for the reason, and 24
/// for its duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told(u32);

const FIRST: u32 = 2;
const ASIDE: u32 = 4;
const REASON: u32 = 5;
const DURATION: u32 = 8;

/// The reasons that leads have.
const REASONS: [Reason; 6] = [
    Reason::Popular,
    Reason::Unrated,
    Reason::Tail,
    Reason::Worth,
    Reason::OverBudget,
    Reason::NoListens,
];

impl Told {
    pub(super) fn new(
        reason: Reason,
        form: Option<Form>,
        first: Option<Form>,
        sound: Sound,
    ) -> Self {
        let number = |form: Option<Form>| form.map_or(0, |form| form as u32 + 1);
        let reason = REASONS.iter().position(|known| *known == reason);
        let reason = reason.expect("leads have no other reason") as u32;
        let rest = match Self::has_room(sound) {
            true => sound.duration_ms << DURATION,
            false => 1 << ASIDE,
        };
        Self(number(form) | number(first) << FIRST | reason << REASON | rest)
    }

    /// Whether there is room for it: no file, and less than four hours and a half.
    pub(super) fn has_room(sound: Sound) -> bool {
        sound.file.is_none() && sound.duration_ms < 1 << (u32::BITS - DURATION)
    }

    pub(super) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// The form that is kept or would be.
    pub(super) fn form(self) -> Option<Form> {
        form_of(self.0)
    }

    /// That of the first step.
    pub(super) fn first(self) -> Option<Form> {
        form_of(self.0 >> FIRST)
    }

    /// None where it is looked up elsewhere.
    pub(super) fn sound(self) -> Option<Sound> {
        (self.0 >> ASIDE & 1 == 0).then_some(Sound {
            duration_ms: self.0 >> DURATION,
            file: None,
        })
    }

    pub(super) fn is_kept(self) -> bool {
        self.reason().is_kept()
    }

    fn reason(self) -> Reason {
        REASONS[(self.0 >> REASON & 7) as usize]
    }

    /// What is said of another row of the recording.
    pub(super) fn said_of_copy(self) -> Said {
        const NONE_KEPT: [Reason; 2] = [Reason::OverBudget, Reason::NoListens];
        Said::new(match self.reason() {
            reason if NONE_KEPT.contains(&reason) => reason,
            _ => Reason::DuplicateRecording,
        })
    }

    pub(super) fn said(self) -> Said {
        let said = Said::new(self.reason());
        self.form().map_or(said, |form| said.in_form(form))
    }
}

fn form_of(number: u32) -> Option<Form> {
    let form = (number & 3).checked_sub(1)?;
    Some(Form::ALL[form as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_bytes_have_room_for_all() {
        let forms = || [None].into_iter().chain(Form::ALL.map(Some));
        let lasting = |duration_ms| Sound {
            duration_ms,
            file: None,
        };
        for reason in REASONS {
            for (form, first) in forms().flat_map(|form| forms().map(move |it| (form, it))) {
                for duration_ms in [0, 1, (1 << 24) - 1, 1 << 24, u32::MAX] {
                    let told = Told::new(reason, form, first, lasting(duration_ms));
                    assert_eq!((told.reason(), told.form()), (reason, form));
                    assert_eq!(told.first(), first);
                    let is_short = duration_ms < 1 << 24;
                    assert_eq!(told.sound(), is_short.then_some(lasting(duration_ms)));
                    assert_eq!((told.said().reason(), told.said().form()), (reason, form));
                    assert_eq!(told.is_kept(), reason.is_kept());
                    assert_eq!(Told::from_bits(told.bits()), told);
                }
            }
        }
    }
}
