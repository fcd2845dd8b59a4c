//! The reports that moderators are notified of.

use std::collections::HashMap;

use db::notifications::Kind;
use db::{AccountId, Conn, account_views};
use serde_json::Value;
use services::Urls;

use crate::{Result, entities};

/// Reports as entities, by their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports(HashMap<i64, Value>);

impl Reports {
    /// Of notifications with these kinds and subjects; nothing is asked where there are no reports among them.
    pub(super) async fn load(
        urls: &Urls,
        conn: &mut Conn,
        reader: AccountId,
        subjects: impl Iterator<Item = (Kind, Option<i64>)>,
    ) -> Result<Self> {
        let ids: Vec<i64> = subjects.filter_map(|(kind, id)| id.filter(|_| kind == Kind::Report)).collect();
        let rows = db::reports::load_for(conn, reader, &ids).await?;
        let targets: Vec<AccountId> = rows.iter().map(|row| row.target_account_id).collect();
        let targets = account_views::load(conn, &targets).await?;
        let mut reports = HashMap::new();
        for row in &rows {
            if let Some(target) = targets.get(&row.target_account_id) {
                let report = serde_json::to_value(entities::Report::new(urls, row, target));
                reports.insert(row.id, report.map_err(anyhow::Error::new)?);
            }
        }
        Ok(Self(reports))
    }

    /// The one that a notification of this kind is about.
    pub(super) fn get(&self, kind: Kind, subject: Option<i64>) -> Option<&Value> {
        self.0.get(&subject.filter(|_| kind == Kind::Report)?)
    }
}
