//! Renders: their states, the moves between them, and what a status body tells.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use clovers::scene::SceneProblem;
use serde::{Deserialize, Serialize};

use super::ids::RenderId;

/// Where a render stands. The first three are a task's, the last three a result's.
///
/// ```text
/// queued ──▶ rendering ──▶ assembling ──▶ done
///    └───────────┴─────────────┴────────▶ failed | cancelled
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RenderState {
    Queued,
    Rendering,
    Assembling,
    Done,
    Failed,
    Cancelled,
}

impl RenderState {
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Rendering,
        Self::Assembling,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Final states are never left.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// The legal moves; the store's statements and the table's constraints follow them.
    pub fn can_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Rendering | Self::Failed | Self::Cancelled),
            // Back to queued when no worker with its engine is left and the tiles start anew.
            Self::Rendering => matches!(
                next,
                Self::Queued | Self::Assembling | Self::Failed | Self::Cancelled
            ),
            Self::Assembling => matches!(
                next,
                Self::Queued | Self::Done | Self::Failed | Self::Cancelled
            ),
            Self::Done | Self::Failed | Self::Cancelled => false,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Rendering => "rendering",
            Self::Assembling => "assembling",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A word that is none of the enum's.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not one of the known words")]
pub struct UnknownWord(pub String);

impl FromStr for RenderState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl fmt::Display for RenderState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How urgent a render is; within a tier, first come first served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// The smallest queue score of the tier. Tiers are 2^50 apart, so scores stay exact doubles for 2^50 renders.
    pub fn score_base(self) -> i64 {
        let tier = match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        };
        tier << 50
    }
}

impl FromStr for Priority {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|priority| priority.as_str() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// How far a render has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub tiles_done: i64,
    pub tiles_total: i64,
    pub pixels_done: i64,
    pub pixels_total: i64,
}

/// What is known of a render at any stage.
#[derive(Clone, Debug)]
pub struct RenderStatus {
    pub id: RenderId,
    pub name: Option<String>,
    pub state: RenderState,
    /// Why it failed.
    pub reason: Option<String>,
    pub priority: Priority,
    pub progress: Progress,
    pub width: i32,
    pub height: i32,
    pub samples: i32,
    pub max_depth: i32,
    /// Whether there is, or will be, an OpenEXR file.
    pub exr: bool,
    pub warnings: Vec<SceneProblem>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_state_is_never_left() {
        for from in RenderState::ALL {
            for to in RenderState::ALL {
                assert!(
                    !(from.is_final() && from.can_become(to)),
                    "{from} became {to}"
                );
            }
        }
    }

    #[test]
    fn every_live_state_can_be_cancelled() {
        for state in RenderState::ALL
            .into_iter()
            .filter(|state| !state.is_final())
        {
            assert!(state.can_become(RenderState::Cancelled));
        }
    }

    #[test]
    fn words_and_states_round_trip() {
        for state in RenderState::ALL {
            assert_eq!(state.as_str().parse::<RenderState>().unwrap(), state);
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
