//! What the numbers in a trace's journeys stand for.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::custom::Schemas;
use crate::v1;

/// The dictionary of one trace, as far as it was told. Interfaces are those of one moment, because they
/// may be renamed; all other entries stay what they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    functions: Arc<HashMap<u32, String>>,
    /// By network namespace and index.
    interfaces: Arc<HashMap<(u32, u32), String>>,
    stacks: Arc<RwLock<HashMap<u32, Arc<[String]>>>>,
    /// None when no module adds anything.
    pub(crate) schemas: Option<Arc<Schemas>>,
}

impl Names {
    /// Numbers are unique within a stream: whatever an earlier one told is forgotten.
    pub(crate) fn of(started: &v1::TraceStarted) -> Self {
        let functions = started.functions.iter().map(|one| (one.function_id, one.name.clone())).collect();
        let schemas = (!started.schemas.is_empty()).then(|| Arc::new(Schemas::new(&started.schemas)));
        let mut names = Self { functions: Arc::new(functions), schemas, ..Self::default() };
        names.add_interfaces(&started.interfaces);
        names
    }

    pub(crate) fn add(&mut self, dictionary: v1::Dictionary) {
        self.add_interfaces(&dictionary.interfaces);
        let mut stacks = self.stacks.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        stacks.extend(dictionary.stacks.into_iter().map(|one| (one.stack_id, one.frames.into())));
    }

    fn add_interfaces(&mut self, entries: &[v1::InterfaceEntry]) {
        if entries.is_empty() {
            return;
        }
        let interfaces = Arc::make_mut(&mut self.interfaces);
        interfaces.extend(entries.iter().map(|one| ((one.netns, one.ifindex), one.name.clone())));
    }

    /// Empty when it is not known.
    pub(crate) fn function(&self, id: u32) -> &str {
        self.functions.get(&id).map_or("", String::as_str)
    }

    /// Empty when it is not known.
    pub(crate) fn interface(&self, netns: u32, ifindex: u32) -> &str {
        self.interfaces.get(&(netns, ifindex)).map_or("", String::as_str)
    }

    pub(crate) fn stack(&self, id: u32) -> Option<Arc<[String]>> {
        self.stacks.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&id).cloned()
    }
}
