//! What goes over the topics: CloudEvents, their JSON Schemas, the AsyncAPI document.
