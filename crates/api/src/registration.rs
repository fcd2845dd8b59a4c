//! Somebody joins by a client program (<https://docs.joinmastodon.org/methods/accounts/#create>).

use std::collections::BTreeMap;

use axum::extract::State;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use services::registrations::{self, Problem, Registration, RegistrationError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::AppToken;
use crate::entities;
use crate::params::{self, Params};
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create))
}

#[derive(Deserialize, ToSchema)]
struct NewAccount {
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    agreement: bool,
    #[serde(default)]
    locale: String,
    reason: Option<String>,
    #[serde(default, deserialize_with = "params::unless_blank")]
    #[schema(value_type = Option<String>, format = Date)]
    date_of_birth: Option<NaiveDate>,
}

/// Signs somebody up.
///
/// The newcomer gets a token of the client's, with what the client may do.
#[utoipa::path(
    post,
    path = "/api/v1/accounts",
    request_body = inline(NewAccount),
    responses((status = 200, body = entities::Token)),
    security(("application" = ["write:accounts"])),
)]
async fn create(State(state): State<ApiState>, app: AppToken, Params(new): Params<NewAccount>) -> Result {
    app.require("write:accounts")?;
    let registration = Registration {
        username: new.username,
        email: new.email,
        password: new.password,
        agreement: new.agreement,
        locale: new.locale,
        reason: new.reason,
        date_of_birth: new.date_of_birth,
    };
    let scopes = app.scopes().clone();
    let token = registrations::register_by(&state.app, registration, app.application, scopes).await;
    Ok(crate::oauth::issued(&token.map_err(refuse)?))
}

fn refuse(error: RegistrationError) -> Error {
    match error {
        RegistrationError::Closed => Error::forbidden("This action is not allowed"),
        RegistrationError::Other(error) => error.into(),
        RegistrationError::Invalid(ref problems) => {
            let details = details(problems);
            let text = error.to_string();
            Error::new(http::StatusCode::UNPROCESSABLE_ENTITY, text).with_details(details)
        }
    }
}

/// By field: what is wrong, for programs and for people.
fn details(problems: &[Problem]) -> Value {
    let mut fields: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for problem in problems {
        let entry = json!({ "error": problem.code, "description": problem.description });
        fields.entry(problem.field).or_default().push(entry);
    }
    json!(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_grouped_by_field() {
        let problem = |field, code| Problem { field, code, description: "is wrong".to_owned() };
        let problems = [
            problem("username", "ERR_BLANK"),
            problem("username", "ERR_TAKEN"),
            problem("email", "ERR_BLANK"),
        ];
        assert_eq!(
            details(&problems),
            json!({
                "email": [{ "error": "ERR_BLANK", "description": "is wrong" }],
                "username": [
                    { "error": "ERR_BLANK", "description": "is wrong" },
                    { "error": "ERR_TAKEN", "description": "is wrong" },
                ],
            })
        );
    }
}
