//! Runs of a pool: what each changed, or would; and which of them wait for a person.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::proposals::ops::{self, NewRunRule, SettingAside};
use domain::proposals::view::{self, MovedLine, RunChange, RunRuleView, RunView};
use entity::{AttributionRunId, PoolId};

use super::{Created, csv};
use crate::http::{Fault, House, IfMatch, Json, Ordered, Problems, Sorted, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(one)
        .service(moved)
        .service(apply)
        .service(set_aside)
        .service(rules)
        .service(choose);
}

/// The runs of a pool, the newest first: those that took effect, and those that a person was asked about. As CSV
/// all at once.
#[utoipa::path(operation_id = "attribution-runs.list", tag = "Pools",
    params(("id" = uuid::Uuid, Path), Sorted),
    responses((status = 200, content(
        (Ordered<RunView> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/runs")]
async fn list(
    house: House,
    id: web::Path<PoolId>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let id = id.into_inner();
    if csv::is_wanted(&request) {
        return runs_as_csv(&house, id).await;
    }
    let found = view::runs(&house.db, &house.ctx, id, after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// The runs of a pool as a table, for the API and for the page's download.
pub(crate) async fn runs_as_csv(house: &House, pool: PoolId) -> Result<HttpResponse, Fault> {
    let found = view::runs(&house.db, &house.ctx, pool, None, csv::MOST).await?;
    let heading = [
        "worked_out_at",
        "cause",
        "standing",
        "lines",
        "attributed",
        "unfunded",
        "taken",
        "took_effect_at",
        "applied_by",
        "set_aside_by",
        "reason",
        "id",
    ];
    let rows = found.items.into_iter().map(|run| {
        let (taken, applied_by, set_aside_by, reason) = match run.proposal {
            Some(asked) => (
                asked.taken_pence.as_typed(),
                asked.applied_by.unwrap_or_default(),
                asked.set_aside_by.unwrap_or_default(),
                asked.reason.unwrap_or_default(),
            ),
            None => Default::default(),
        };
        vec![
            run.worked_out_at.to_rfc3339(),
            run.cause,
            run.standing.slug().to_owned(),
            run.lines.to_string(),
            run.attributed_pence.as_typed(),
            run.unfunded_pence.as_typed(),
            taken,
            run.took_effect_at
                .map(|at| at.to_rfc3339())
                .unwrap_or_default(),
            applied_by,
            set_aside_by,
            reason,
            run.id.to_string(),
        ]
    });
    Ok(csv::reply("runs", &heading, rows))
}

/// A run, with what each award pays before and after it: of one that waits, what it would change.
#[utoipa::path(operation_id = "attribution-runs.get", tag = "Pools",
    params(("id" = uuid::Uuid, Path), ("run" = uuid::Uuid, Path, description = "The run")),
    responses((status = 200, body = RunChange), Problems))]
#[get("/pools/{id}/runs/{run}")]
async fn one(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
) -> Result<HttpResponse, Fault> {
    let (pool, run) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, pool, run).await?;
    Ok(HttpResponse::Ok().json(seen))
}

/// The lines of which a run takes something away from an award that pays for them, the most first. As CSV all at
/// once, a row for each award.
#[utoipa::path(operation_id = "attribution-runs.moved-lines", tag = "Pools",
    params(("id" = uuid::Uuid, Path), ("run" = uuid::Uuid, Path, description = "The run"), Sorted),
    responses((status = 200, content(
        (Ordered<MovedLine> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pools/{id}/runs/{run}/moved-lines")]
async fn moved(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let path = path.into_inner();
    if csv::is_wanted(&request) {
        return moved_as_csv(&house, path).await;
    }
    let found = view::moved(&house.db, &house.ctx, path, after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// What a run moves as a table, for the API and for the page's download.
pub(crate) async fn moved_as_csv(
    house: &House,
    path: (PoolId, AttributionRunId),
) -> Result<HttpResponse, Fault> {
    let found = view::moved(&house.db, &house.ctx, path, None, csv::MOST).await?;
    let heading = [
        "incurred_on",
        "supplier",
        "description",
        "amount",
        "moved",
        "award",
        "change",
        "line_id",
    ];
    let rows = found.items.into_iter().flat_map(|line| {
        let row = |award: String, change: String| {
            vec![
                line.incurred_on.to_string(),
                line.supplier.clone().unwrap_or_default(),
                line.description.clone().unwrap_or_default(),
                line.amount_pence.as_typed(),
                line.moved_pence.as_typed(),
                award,
                change,
                line.line_id.to_string(),
            ]
        };
        match line.changes.is_empty() {
            true => vec![row(String::new(), String::new())],
            false => line
                .changes
                .iter()
                .map(|of| row(of.award.clone(), of.change_pence.as_typed()))
                .collect(),
        }
    });
    Ok(csv::reply("moved-lines", &heading, rows))
}

/// Applies a run that waits, or that was set aside: it takes effect within minutes, as it was shown. If what it rests
/// on has changed by then, it does not, and another is proposed.
#[utoipa::path(operation_id = "attribution-runs.apply", tag = "Pools",
    params(("id" = uuid::Uuid, Path), ("run" = uuid::Uuid, Path, description = "The run"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/pools/{id}/runs/{run}/applying")]
async fn apply(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
) -> Result<HttpResponse, Fault> {
    let (pool, run) = path.into_inner();
    ops::apply(&house.db, &house.ctx, pool, run).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets a run aside that waits: what is attributed stays as it is until something changes, or somebody applies it
/// after all.
#[utoipa::path(operation_id = "attribution-runs.set-aside", tag = "Pools", request_body = SettingAside,
    params(("id" = uuid::Uuid, Path), ("run" = uuid::Uuid, Path, description = "The run"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/pools/{id}/runs/{run}/setting-aside")]
async fn set_aside(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
    why: Json<SettingAside>,
) -> Result<HttpResponse, Fault> {
    let (pool, run) = path.into_inner();
    ops::set_aside(&house.db, &house.ctx, pool, run, &why).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What was said of which runs of a pool take effect by themselves, the newest first: that one holds. Until anything
/// is said, all of them do.
#[utoipa::path(operation_id = "pool-runs.list", tag = "Pools",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<RunRuleView>), Problems))]
#[get("/pools/{id}/run-rules")]
async fn rules(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let said = view::rules(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(said))
}

/// Says which runs of a pool take effect by themselves from now on: all, those that take nothing from an award that
/// pays it as people were shown, or none. One that waits and need not any more takes effect within minutes.
#[utoipa::path(operation_id = "pool-runs.choose", tag = "Pools", request_body = NewRunRule,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The pool's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/pools/{id}/run-rules")]
async fn choose(
    house: House,
    id: web::Path<PoolId>,
    expected: IfMatch,
    new: Json<NewRunRule>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::choose(&house.db, &house.ctx, id, Some(expected.0), &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/pools/{id}/run-rules"),
        made,
    ))
}
