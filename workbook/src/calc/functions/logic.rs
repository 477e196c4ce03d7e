//! Choices and truth.

use std::rc::Rc;

use super::{FAULTS, Function, MANY, REFERENCE, VOLATILE, lazy, ok, scalar, values, with};
use crate::calc::engine::{Engine, Place};
use crate::calc::value::{Fault, Value, compare};
use crate::calc::{Answer, Operand, unsupported};
use crate::formula::Node;

pub(super) static ALL: &[Function] = &[
    with(lazy("IF", 1, 3, if_), REFERENCE),
    lazy("IFS", 2, MANY, ifs),
    lazy("SWITCH", 3, MANY, switch),
    with(lazy("CHOOSE", 2, MANY, choose), REFERENCE),
    lazy("IFERROR", 2, 2, if_error),
    lazy("IFNA", 2, 2, if_na),
    lazy("LET", 3, MANY, let_),
    values("AND", 1, MANY, and),
    values("OR", 1, MANY, or),
    values("XOR", 1, MANY, xor),
    scalar("NOT", 1, 1, |_, v| {
        Ok(v[0]
            .to_bool()
            .map_or_else(Value::Fault, |b| Value::Bool(!b)))
    }),
    scalar("TRUE", 0, 0, |_, _| Ok(Value::Bool(true))),
    scalar("FALSE", 0, 0, |_, _| Ok(Value::Bool(false))),
    with(scalar("RAND", 0, 0, |_, _| unsupported("RAND")), VOLATILE),
    with(
        scalar("RANDBETWEEN", 2, 2, |_, _| unsupported("RANDBETWEEN")),
        VOLATILE | FAULTS,
    ),
];

fn argument(
    engine: &mut Engine<'_>,
    place: &Place,
    args: &[Node],
    n: usize,
    missing: Value,
) -> Answer<Operand> {
    match args.get(n) {
        None => Ok(Operand::One(missing)),
        // `IF(x,)` gives 0.
        Some(Node::Missing) => Ok(Operand::One(Value::Number(0.0))),
        Some(node) => engine.eval(node, place),
    }
}

fn if_(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    let test = engine.value_operand(&args[0], place)?;
    let truth = match &test {
        Operand::One(value) => match value.to_bool() {
            Ok(b) => b,
            Err(f) => return Ok(f.into()),
        },
        _ => {
            let yes = argument(engine, place, args, 1, Value::Bool(true))?;
            let no = argument(engine, place, args, 2, Value::Bool(false))?;
            let place = Place {
                array: true,
                ..*place
            };
            let yes = engine.to_values(yes, &place)?;
            let no = engine.to_values(no, &place)?;
            return engine.lift(&[test, yes, no], true, |_, v| {
                Ok(match v[0].to_bool() {
                    Ok(true) => v[1].clone(),
                    Ok(false) => v[2].clone(),
                    Err(f) => Value::Fault(f),
                })
            });
        }
    };
    if truth {
        argument(engine, place, args, 1, Value::Bool(true))
    } else {
        argument(engine, place, args, 2, Value::Bool(false))
    }
}

fn ifs(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    for pair in args.chunks(2) {
        let test = engine.value_operand(&pair[0], place)?;
        let test = match test {
            Operand::One(value) => value,
            Operand::Many(a) if a.items.len() == 1 => a.items[0].clone(),
            _ => return unsupported("IFS over arrays"),
        };
        if ok!(test.to_bool()) {
            return match pair.get(1) {
                Some(node) => engine.eval(node, place),
                None => Ok(Fault::NA.into()),
            };
        }
    }
    Ok(Fault::NA.into())
}

fn switch(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    let subject = engine.value(&args[0], place)?;
    if let Value::Fault(f) = subject {
        return Ok(f.into());
    }
    let mut rest = args[1..].chunks_exact(2);
    for pair in rest.by_ref() {
        let case = engine.value(&pair[0], place)?;
        if ok!(compare(&subject, &case)).is_eq() {
            return engine.eval(&pair[1], place);
        }
    }
    match rest.remainder().first() {
        Some(node) => engine.eval(node, place),
        None => Ok(Fault::NA.into()),
    }
}

fn choose(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    let index = engine.value_operand(&args[0], place)?;
    let Operand::One(index) = index else {
        return unsupported("CHOOSE over arrays");
    };
    let index = super::whole(ok!(index.to_number()));
    match usize::try_from(index)
        .ok()
        .filter(|i| (1..args.len()).contains(i))
    {
        Some(i) => argument(engine, place, args, i, Value::Empty),
        None => Ok(Fault::Value.into()),
    }
}

fn catch(
    engine: &mut Engine<'_>,
    place: &Place,
    args: &[Node],
    caught: fn(&Value) -> bool,
) -> Answer<Operand> {
    let first = engine.value_operand(&args[0], place)?;
    match &first {
        Operand::One(value) if caught(value) => {
            let other = argument(engine, place, args, 1, Value::Empty)?;
            engine.to_values(other, place)
        }
        Operand::Many(array) if array.items.iter().any(caught) => {
            let other = argument(engine, place, args, 1, Value::Empty)?;
            let place = Place {
                array: true,
                ..*place
            };
            let other = engine.to_values(other, &place)?;
            engine.zip(&first, &other, |a, b| {
                if caught(a) { b.clone() } else { a.clone() }
            })
        }
        _ => Ok(first),
    }
}

fn if_error(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    catch(engine, place, args, |v| matches!(v, Value::Fault(_)))
}

fn if_na(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    catch(engine, place, args, |v| *v == Value::Fault(Fault::NA))
}

fn let_(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
    fn bind(engine: &mut Engine<'_>, place: &Place, args: &[Node]) -> Answer<Operand> {
        match args {
            [body] => engine.eval(body, place),
            [Node::Name(None, name), value, rest @ ..] if !rest.is_empty() => {
                let value = engine.eval(value, place)?;
                engine.with_variable(Rc::clone(name), value, |engine| bind(engine, place, rest))
            }
            _ => unsupported("LET"),
        }
    }
    bind(engine, place, args)
}

/// The truths among the arguments: texts in cells are passed over, texts written out are read.
fn truths(
    engine: &mut Engine<'_>,
    place: &Place,
    operands: &[Operand],
) -> Answer<Result<Vec<bool>, Fault>> {
    let mut found = Vec::new();
    for operand in operands {
        match operand {
            Operand::One(Value::Empty) => found.push(false),
            Operand::One(value) => match value.to_bool() {
                Ok(b) => found.push(b),
                Err(f) => return Ok(Err(f)),
            },
            Operand::Areas(_) => return unsupported("truths over several areas"),
            other => {
                let array = engine.array(other, place)?;
                for value in &array.items {
                    match value {
                        Value::Bool(b) => found.push(*b),
                        Value::Number(n) => found.push(*n != 0.0),
                        Value::Fault(f) => return Ok(Err(*f)),
                        _ => {}
                    }
                }
            }
        }
    }
    Ok(if found.is_empty() {
        Err(Fault::Value)
    } else {
        Ok(found)
    })
}

fn and(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let found = ok!(truths(engine, place, operands)?);
    Ok(Value::Bool(found.iter().all(|b| *b)).into())
}

fn or(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let found = ok!(truths(engine, place, operands)?);
    Ok(Value::Bool(found.iter().any(|b| *b)).into())
}

fn xor(engine: &mut Engine<'_>, place: &Place, operands: &[Operand]) -> Answer<Operand> {
    let found = ok!(truths(engine, place, operands)?);
    Ok(Value::Bool(found.iter().filter(|b| **b).count() % 2 == 1).into())
}
