// SPDX-License-Identifier: EUPL-1.2
//! The admin address of every stand-in, `/__admin/`: ledger, faults, chaos, quota, clock; the rest is the platform's own.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use wiremock::Request;

use crate::chaos::Chaos;
use crate::clock::{ClockSetting, rfc3339};
use crate::fault::Fault;
use crate::locked;
use crate::operation::Operation;
use crate::quota::QuotaSetting;
use crate::reply::{Reply, Served};
use crate::server::{MAX_BODY, Service, Shared};

/// Body of `PUT /__admin/faults`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faults {
    faults: Vec<Fault>,
}

/// The segments after `/__admin/`, if this is an admin call.
pub(crate) fn path(request: &Request) -> Option<Vec<String>> {
    let path = request.url.path().strip_prefix("/__admin/")?;
    Some(path.split('/').map(str::to_owned).collect())
}

/// Answers an admin call.
pub(crate) fn serve(service: &dyn Service, shared: &Shared, request: &Request, path: &[String]) -> Reply {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let reply = match (request.method.as_str(), path.as_slice()) {
        ("GET", ["ledger"]) => Ok(ok(&json!(locked(&shared.ledger).only(service.platform())))),
        ("GET", ["faults"]) => Ok(ok(&json!({"faults": locked(&shared.script).pending(service.platform())}))),
        ("PUT", ["faults"]) => put_faults(service, shared, request),
        ("GET", ["chaos"]) => Ok(ok(&json!(locked(&shared.script).chaos(service.platform())))),
        ("PUT", ["chaos"]) => body::<Chaos>(request).map(|chaos| {
            locked(&shared.script)
                .set_chaos(service.platform(), Some(chaos).filter(|chaos| chaos.rate_percent > 0));
            ok(&json!(locked(&shared.script).chaos(service.platform())))
        }),
        (method, ["chaos", operation]) => chaos_on(service, shared, request, method, operation),
        ("GET", ["quota"]) => Ok(quota(service, shared)),
        ("PUT", ["quota"]) => body::<QuotaSetting>(request).map(|setting| {
            locked(&shared.quotas).entry(service.platform()).or_default().set(setting.per_day);
            quota(service, shared)
        }),
        ("GET", ["clock"]) => Ok(ok(&json!({"now": rfc3339(shared.clock.now())}))),
        ("PUT", ["clock"]) => put_clock(shared, request),
        _ => Ok(service.admin(request, &path).unwrap_or_else(|| error(404, "no such admin address"))),
    };
    reply.unwrap_or_else(|refusal| *refusal)
}

fn put_faults(service: &dyn Service, shared: &Shared, request: &Request) -> Served<Reply> {
    let mut faults = body::<Faults>(request)?.faults;
    let platform = service.platform();
    for fault in &mut faults {
        if fault.operation.is_some_and(|operation| operation.platform() != platform) {
            return Err(Box::new(error(422, "the operation belongs to another platform")));
        }
        fault.platform = Some(platform);
    }
    locked(&shared.script).replace(platform, faults);
    Ok(ok(&json!({"faults": locked(&shared.script).pending(platform)})))
}

fn quota(service: &dyn Service, shared: &Shared) -> Reply {
    let now = shared.clock.now();
    ok(&json!(locked(&shared.quotas).entry(service.platform()).or_default().standing(now)))
}

/// The chaos of one operation. With rate 0 nothing goes wrong on it; `null` lets it go by that of the platform again.
fn chaos_on(
    service: &dyn Service,
    shared: &Shared,
    request: &Request,
    method: &str,
    operation: &str,
) -> Served<Reply> {
    let operation = serde_json::from_value::<Operation>(json!(operation)).ok();
    let operation = operation.filter(|operation| operation.platform() == service.platform());
    let operation = operation.ok_or_else(|| Box::new(error(404, "no such operation on this platform")))?;
    match method {
        "GET" => {}
        "PUT" => locked(&shared.script).set_chaos_on(operation, body(request)?),
        _ => return Err(Box::new(error(405, "GET or PUT"))),
    }
    Ok(ok(&json!(locked(&shared.script).chaos_on(operation))))
}

fn put_clock(shared: &Shared, request: &Request) -> Served<Reply> {
    let setting = body::<ClockSetting>(request)?;
    shared.clock.set(&setting).map_err(|why| Box::new(error(422, &why)))?;
    Ok(ok(&json!({"now": rfc3339(shared.clock.now())})))
}

/// The JSON body of an admin call.
pub(crate) fn body<T: DeserializeOwned>(request: &Request) -> Served<T> {
    if request.body.len() > 4 * MAX_BODY {
        return Err(Box::new(error(413, "too big")));
    }
    serde_json::from_slice(&request.body).map_err(|e| Box::new(error(422, &e.to_string())))
}

/// An admin answer.
pub(crate) fn ok(value: &serde_json::Value) -> Reply {
    Reply::new(200, "application/json", value.to_string())
}

/// A refusal of an admin call.
pub(crate) fn error(status: u16, why: &str) -> Reply {
    Reply::new(status, "application/json", json!({"error": why}).to_string())
}
