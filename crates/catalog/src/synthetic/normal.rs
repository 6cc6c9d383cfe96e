//! The normal distribution, by which fame adds up.

/// The share of a normal distribution above `z`, good to 1.2e-7 of itself
/// also far out: Chebyshev fit of erfc (Press et al., Numerical Recipes §6.2).
pub(super) fn share_above(z: f64) -> f64 {
    const FIT: [f64; 10] = [
        0.17087277,
        -0.82215223,
        1.48851587,
        -1.13520398,
        0.27886807,
        -0.18628806,
        0.09678418,
        0.37409196,
        1.00002368,
        -1.26551223,
    ];
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let fit = FIT.iter().fold(0.0, |sum, term| sum * t + term);
    let above = 0.5 * t * (fit - x * x).exp();
    if z >= 0.0 { above } else { 1.0 - above }
}

/// The value that a share of `1 - p` is above, for `p` from 0 to 1: rational
/// fit by P. J. Acklam, good to 1.2e-9 of itself.
pub(super) fn quantile(p: f64) -> f64 {
    const TAIL: f64 = 0.02425;
    if p < TAIL {
        far(p)
    } else if p > 1.0 - TAIL {
        -far(1.0 - p)
    } else {
        near(p - 0.5)
    }
}

fn near(q: f64) -> f64 {
    const OVER: [f64; 6] = [
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.357751867269,
        -30.66479806614716,
        2.506628277459239,
    ];
    const UNDER: [f64; 6] = [
        -54.47609879822406,
        161.5858368580409,
        -155.6989798598866,
        66.80131188771972,
        -13.28068155288572,
        1.0,
    ];
    let r = q * q;
    polynomial(&OVER, r) * q / polynomial(&UNDER, r)
}

fn far(p: f64) -> f64 {
    const OVER: [f64; 6] = [
        -0.007784894002430293,
        -0.3223964580411365,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const UNDER: [f64; 5] = [
        0.007784695709041462,
        0.3224671290700398,
        2.445134137142996,
        3.754408661907416,
        1.0,
    ];
    let q = (-2.0 * p.ln()).sqrt();
    polynomial(&OVER, q) / polynomial(&UNDER, q)
}

fn polynomial(terms: &[f64], x: f64) -> f64 {
    terms.iter().fold(0.0, |sum, term| sum * x + term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabled_values_come_out() {
        for (z, above) in [
            (0.0, 0.5),
            (1.0, 0.158655254),
            (-1.0, 0.841344746),
            (3.0, 1.349898e-3),
            (6.0, 9.865876e-10),
        ] {
            assert!((share_above(z) / above - 1.0).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn one_is_the_inverse_of_the_other() {
        for p in [1e-8, 0.001, 0.02, 0.03, 0.2, 0.5, 0.9, 0.99, 0.9999] {
            assert!((share_above(-quantile(p)) / p - 1.0).abs() < 1e-5, "{p}");
        }
    }
}
