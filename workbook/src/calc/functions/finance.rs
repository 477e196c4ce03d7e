//! The few financial functions that forms use.

use super::statistics::numbers;
use super::{Function, MANY, number_or, ok, one, scalar, values};
use crate::calc::value::{Fault, Value};

pub(super) static ALL: &[Function] = &[
    values("NPV", 2, MANY, |e, p, o| {
        let rate = one(e, p, o, 0)?.unwrap_or(Value::Empty);
        let rate = ok!(rate.to_number());
        let flows = ok!(numbers(e, p, &o[1..])?);
        if rate == -1.0 {
            return Ok(Fault::Div0.into());
        }
        let mut total = 0.0;
        let mut factor = 1.0;
        for flow in flows {
            factor *= 1.0 + rate;
            total += flow / factor;
        }
        Ok(Value::number(total).into())
    }),
    scalar("PMT", 3, 5, |_, v| {
        let [rate, n, pv, fv, due] = ok!(five(v));
        if n == 0.0 {
            return Ok(Fault::Num.into());
        }
        if rate == 0.0 {
            return Ok(Value::number(-(pv + fv) / n));
        }
        let growth = (1.0 + rate).powf(n);
        let each = (pv * growth + fv) * rate / ((growth - 1.0) * (1.0 + rate * due));
        Ok(Value::number(-each))
    }),
    scalar("PV", 3, 5, |_, v| {
        let [rate, n, pay, fv, due] = ok!(five(v));
        if rate == 0.0 {
            return Ok(Value::number(-(fv + pay * n)));
        }
        let growth = (1.0 + rate).powf(n);
        Ok(Value::number(
            -(fv + pay * (1.0 + rate * due) * (growth - 1.0) / rate) / growth,
        ))
    }),
    scalar("FV", 3, 5, |_, v| {
        let [rate, n, pay, pv, due] = ok!(five(v));
        if rate == 0.0 {
            return Ok(Value::number(-(pv + pay * n)));
        }
        let growth = (1.0 + rate).powf(n);
        Ok(Value::number(
            -(pv * growth + pay * (1.0 + rate * due) * (growth - 1.0) / rate),
        ))
    }),
];

fn five(v: &[Value]) -> Result<[f64; 5], Fault> {
    let mut out = [0.0; 5];
    for (n, slot) in out.iter_mut().enumerate() {
        *slot = number_or(v, n, 0.0)?;
    }
    out[4] = f64::from(out[4] != 0.0);
    Ok(out)
}
