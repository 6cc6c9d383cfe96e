use {
    super::leads::Leads,
    crate::{
        estimate::{Budget, Sound},
        policy::Optimal,
    },
    longplay_model::Form,
};

/// From nothing, or from the floor, to the most valuable form of a recording:
/// the concave hull of its forms over their bytes, each step less steep than
/// the one before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ladder {
    /// What the floor keeps.
    pub(crate) base: Option<(Form, u64)>,
    steps: Steps,
}

/// A better form, and what it costs beyond the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) form: Form,
    /// Bytes more than without this step.
    pub(crate) more: u64,
    /// Value of listens for each of these bytes, as the bits of an f32: what
    /// is worth more has the larger number.
    pub(crate) slope: u32,
}

/// The steps from where one stands, worked out as they are asked for: most
/// who ask stop at the first that is not steep enough.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    /// By form; 0 where it would not be made.
    bytes: [u64; 3],
    values: [f64; 3],
    listens: f64,
    /// Bytes and value so far.
    spent: u64,
    value: f64,
}

impl Ladder {
    /// The ladder of a recording; on the floor, the cheapest form that is no
    /// worse than the reference's comes for granted.
    #[inline]
    pub(crate) fn of(
        leads: &Leads,
        number: u32,
        is_floor: bool,
        values: &Optimal,
        budget: &Budget,
    ) -> Self {
        let sound = leads.sound(number);
        let least = leads.least(number, sound);
        let listens = leads.listens[number as usize].get();
        Self::new(sound, least, listens, is_floor, values, budget)
    }

    #[inline]
    pub(crate) fn new(
        sound: Sound,
        least: Form,
        listens: f64,
        is_floor: bool,
        values: &Optimal,
        budget: &Budget,
    ) -> Self {
        let bytes_of = |form: Form| {
            let is_made = form >= least && sound.choose_form(form) == form;
            match is_made {
                true => budget.bytes_of(sound.blocks(form)),
                false => 0,
            }
        };
        let value_of = |form: Form| values.value(form);
        let [access, original, lossless] = Form::ALL;
        let mut steps = Steps {
            bytes: [bytes_of(access), bytes_of(original), bytes_of(lossless)],
            values: [value_of(access), value_of(original), value_of(lossless)],
            listens,
            spent: 0,
            value: 0.0,
        };
        let base = is_floor.then(|| steps.cheapest()).flatten();
        if let Some((form, bytes)) = base {
            steps.spent = bytes;
            steps.value = values.value(form);
        }
        Self { base, steps }
    }

    /// Steepest first; a step of slope 0 is none.
    #[inline]
    pub(crate) const fn steps(&self) -> Steps {
        self.steps
    }
}

impl Steps {
    /// By bytes; of equally many the more valuable, then the better form.
    fn cheapest(&self) -> Option<(Form, u64)> {
        let is_made = |form: &usize| self.bytes[*form] > 0;
        let cheaper = |a: usize, b: usize| {
            let is_less = self.bytes[b] < self.bytes[a];
            let is_better = self.bytes[b] == self.bytes[a] && self.values[b] >= self.values[a];
            if is_less || is_better { b } else { a }
        };
        let cheapest = (0..3).filter(is_made).reduce(cheaper);
        cheapest.map(|form| (Form::ALL[form], self.bytes[form]))
    }
}

impl Iterator for Steps {
    type Item = Step;

    #[inline]
    fn next(&mut self) -> Option<Step> {
        let (mut steepest, mut at) = (0.0, None);
        for form in 0..3 {
            let (bytes, value) = (self.bytes[form], self.values[form]);
            if bytes > self.spent && value > self.value {
                let rise = (value - self.value) / (bytes - self.spent) as f64;
                // Of equally steep ones the larger.
                let is_larger = |other: usize| bytes >= self.bytes[other];
                if rise > steepest || rise == steepest && at.is_some_and(is_larger) {
                    (steepest, at) = (rise, Some(form));
                }
            }
        }
        let at = at.filter(|_| self.listens > 0.0)?;
        let step = Step {
            form: Form::ALL[at],
            more: self.bytes[at] - self.spent,
            slope: ((self.listens * steepest) as f32).to_bits(),
        };
        (self.spent, self.value) = (self.bytes[at], self.values[at]);
        (step.slope > 0).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::policy::Policy,
        longplay_model::{CandidateFile, Codec},
    };

    const BUDGET: Budget = Budget {
        bytes: 0,
        k: 20,
        m: 4,
    };

    fn ladder(file: Option<CandidateFile>, least: Form, is_floor: bool) -> Ladder {
        let values = Policy::optimal().optimal.unwrap();
        let sound = Sound {
            duration_ms: 200_000,
            file,
        };
        let least = sound.choose_form(least);
        Ladder::new(sound, least, 1_000.0, is_floor, &values, &BUDGET)
    }

    fn forms(ladder: &Ladder) -> Vec<Form> {
        ladder.steps().map(|step| step.form).collect()
    }

    #[test]
    fn an_unknown_file_has_all_forms_from_the_least() {
        use Form::{Access, Lossless, Original};
        let steps = forms(&ladder(None, Access, false));
        assert_eq!(steps, [Access, Original, Lossless]);
        assert_eq!(forms(&ladder(None, Original, false)), [Original, Lossless]);
        let floor = ladder(None, Original, true);
        assert_eq!(floor.base.unwrap().0, Original);
        assert_eq!(forms(&floor), [Lossless]);
    }

    #[test]
    fn a_lossless_copy_takes_the_place_of_a_wave_file() {
        let wave = Some(CandidateFile {
            codec: Codec::Wav,
            bytes: 35_000_000,
        });
        assert_eq!(
            forms(&ladder(wave, Form::Original, false)),
            [Form::Lossless]
        );
        let floor = ladder(wave, Form::Original, true);
        assert_eq!(floor.base.unwrap().0, Form::Lossless);
        let reference = 35_000_000u64.next_multiple_of(512) * 24 / 20;
        assert!(floor.base.unwrap().1 < reference * 2 / 3);
    }

    #[test]
    fn steps_grow_less_steep() {
        for least in Form::ALL {
            for is_floor in [false, true] {
                let ladder = ladder(None, least, is_floor);
                let slopes: Vec<u32> = ladder.steps().map(|step| step.slope).collect();
                assert!(slopes.is_sorted_by(|a, b| a > b), "{slopes:?}");
            }
        }
    }

    #[test]
    fn nobody_climbs_for_no_listens() {
        let values = Policy::optimal().optimal.unwrap();
        let sound = Sound {
            duration_ms: 0,
            file: None,
        };
        let ladder = Ladder::new(sound, Form::Access, 0.0, true, &values, &BUDGET);
        assert_eq!(ladder.steps().count(), 0);
        assert_eq!(ladder.base.unwrap().0, Form::Access);
    }
}
