//! Endpoints that stand still, and go on.
//!
//! A stalled database or cache serves nobody. Services under way stop where they are, arrivals
//! wait as they would for a busy server, and their callers' patience runs on. When it goes on, what
//! was left of each service is done, and free servers take on who waits.

use crate::model::Discipline;
use crate::sim::flow::FlowState;
use crate::units::SimDuration;

use super::station::StationId;
use super::visit::{Stage, VisitId};
use super::{Happening, RequestsPlane};

/// A service that has stopped under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspended {
    /// Where.
    pub station: StationId,
    visit: VisitId,
    /// What is left of it.
    left: SimDuration,
}

impl RequestsPlane {
    /// Endpoints stop and go on as the state says.
    pub(super) fn stop_and_go(&mut self, state: &FlowState) {
        let endpoints = state.databases.iter().chain(&state.caches);
        for (at, now) in (0..).zip(endpoints) {
            let station = &mut self.layout.stations[at as usize];
            let stalled = now.stalled_until.is_some();
            if std::mem::replace(&mut station.stalled, stalled) == stalled {
                continue;
            }
            let row = &self.layout.rows[station.row as usize];
            if row.discipline == Discipline::ProcessorSharing {
                station.sharing.stall(self.now, row.servers, stalled);
                self.share_changes(at);
            } else if stalled {
                self.suspend(at);
            } else {
                self.resume(at);
            }
        }
    }

    /// Services under way at a station stop where they are.
    fn suspend(&mut self, at: StationId) {
        let visits = &self.visits;
        let under_way = self.queue.take_all(|happening| match happening {
            Happening::Serve(visit) => {
                visits[*visit].station == at && visits[*visit].stage == Stage::Served
            }
            _ => false,
        });
        for (end, happening) in under_way {
            if let Happening::Serve(visit) = happening {
                self.suspended.push(Suspended {
                    station: at,
                    visit,
                    left: end.since(self.now),
                });
            }
        }
    }

    /// A station goes on where it stopped.
    fn resume(&mut self, at: StationId) {
        for it in self.suspended.extract_if(.., |it| it.station == at) {
            self.queue
                .push(self.now + it.left, Happening::Serve(it.visit));
        }
        let station = &mut self.layout.stations[at as usize];
        let row = &mut self.layout.rows[station.row as usize];
        while station.busy < row.servers
            && let Some((next, time)) = row.take_next(station, &mut self.visits, self.now)
        {
            self.queue.push(self.now + time, Happening::Serve(next));
        }
    }
}
