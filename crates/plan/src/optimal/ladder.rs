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
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ladder {
    /// What the floor keeps.
    pub(crate) base: Option<(Form, u64)>,
    steps: [Option<Step>; 3],
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

/// A form that could be made.
#[derive(Debug, Clone, Copy)]
struct Offer {
    form: Form,
    bytes: u64,
    value: f64,
}

impl Ladder {
    /// The ladder of a recording; on the floor, the cheapest form that is no
    /// worse than the reference's comes for granted.
    pub(crate) fn of(
        leads: &Leads,
        number: u32,
        is_floor: bool,
        values: &Optimal,
        budget: &Budget,
    ) -> Self {
        let sound = leads.sound(number);
        let least = leads.least(number, sound);
        let listens = f64::from(leads.listens[number as usize]);
        Self::new(sound, least, listens, is_floor, values, budget)
    }

    pub(crate) fn new(
        sound: Sound,
        least: Form,
        listens: f64,
        is_floor: bool,
        values: &Optimal,
        budget: &Budget,
    ) -> Self {
        let offers = Form::ALL.map(|form| {
            let is_made = form >= least && sound.choose_form(form) == form;
            is_made.then(|| Offer {
                form,
                bytes: budget.bytes_of(sound.blocks(form)),
                value: values.value(form),
            })
        });
        let base = offers.iter().flatten().min_by(|a, b| cheaper(a, b));
        let base = base.filter(|_| is_floor);
        let (mut bytes, mut value) = base.map_or((0, 0.0), |it| (it.bytes, it.value));
        let mut ladder = Self {
            base: base.map(|it| (it.form, it.bytes)),
            steps: [None; 3],
        };
        for step in &mut ladder.steps {
            let better = offers.iter().flatten();
            let better = better.filter(|it| it.bytes > bytes && it.value > value);
            let rise = |it: &Offer| (it.value - value) / (it.bytes - bytes) as f64;
            let steepest = better.max_by(|a, b| {
                let rises = rise(a).total_cmp(&rise(b));
                rises.then(a.bytes.cmp(&b.bytes))
            });
            let Some(steepest) = steepest.filter(|_| listens > 0.0) else {
                break;
            };
            *step = Some(Step {
                form: steepest.form,
                more: steepest.bytes - bytes,
                slope: ((listens * rise(steepest)) as f32).to_bits(),
            });
            (bytes, value) = (steepest.bytes, steepest.value);
        }
        ladder
    }

    /// Steepest first; a step of slope 0 is none.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Step> + use<> {
        let steps = self.steps.into_iter().flatten();
        steps.filter(|step| step.slope > 0)
    }
}

/// By bytes, and of equally many the more valuable.
fn cheaper(a: &Offer, b: &Offer) -> std::cmp::Ordering {
    let values = || b.value.total_cmp(&a.value);
    a.bytes
        .cmp(&b.bytes)
        .then_with(values)
        .then(b.form.cmp(&a.form))
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
