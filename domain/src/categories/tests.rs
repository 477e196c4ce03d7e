#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::ops::{NewCategory, Renaming, create, create_each, rename};
use crate::Error;
use crate::spend::testing::on_each;

fn pointer<T: std::fmt::Debug>(done: crate::Result<T>) -> String {
    match done {
        Err(Error::Invalid(fields)) => fields[0].pointer.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_categories_of_one_name_are_refused() {
    on_each(async |house| {
        let new = |slug: &str, name: &str| NewCategory {
            slug: slug.to_owned(),
            name: name.to_owned(),
        };
        let (db, me) = (&house.db, &house.officer);
        let first = create(db, me, &new("management", "Programme management"))
            .await
            .unwrap();
        let again = new("management-2", " programme Management ");
        assert_eq!(pointer(create(db, me, &again).await), "/name");
        let other = create(db, me, &new("rent", "Rent")).await.unwrap();
        let called = |name: &str| Renaming {
            name: name.to_owned(),
        };
        let taken = called("Programme management");
        assert_eq!(pointer(rename(db, me, other, &taken, None).await), "/name");
        // its own name with other capitals is its own
        rename(db, me, first, &called("Programme Management"), None)
            .await
            .unwrap();
    });
}

#[test]
fn several_are_added_at_once_or_none() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let named = async |names: &[&str]| create_each(db, me, names).await;
        assert_eq!(named(&["Staff", "Peer support"]).await.unwrap(), 2);
        for names in [
            ["Premises", "staff"],
            ["Training", "training"],
            ["Meals", "…"],
        ] {
            assert_eq!(pointer(named(&names).await), "/name");
        }
        let all = super::view::all(db, me).await.unwrap();
        let slugs: Vec<&str> = all.iter().map(|one| one.slug.as_str()).collect();
        assert_eq!(slugs.len(), 2, "{slugs:?}");
        assert!(slugs.contains(&"peer-support"), "{slugs:?}");
    });
}
