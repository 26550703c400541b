//! What an administrator of Kafka does: topics one by one, and who may do what with them.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::bindings as rd;
use rdkafka::client::DefaultClientContext;
use std::ffi::CString;
use std::ptr;
use std::time::Duration;

/// An administrator of a cluster.
pub struct Administrator(AdminClient<DefaultClientContext>);

/// What somebody may be forbidden.
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    /// To read a topic.
    Read,
    /// To write it.
    Write,
}

impl Administrator {
    /// Of the cluster at `host:port`.
    pub fn of(address: &str) -> Administrator {
        Administrator(ClientConfig::new().set("bootstrap.servers", address).create().expect("a client"))
    }

    /// Creates a topic.
    pub fn create(&self, topic: &str, partitions: i32) {
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let done = wait(self.0.create_topics([&new], &AdminOptions::new())).expect("an answer");
        assert!(done.iter().all(Result::is_ok), "{done:?}");
    }

    /// Deletes a topic.
    pub fn delete(&self, topic: &str) {
        let done = wait(self.0.delete_topics(&[topic], &AdminOptions::new())).expect("an answer");
        assert!(done.iter().all(Result::is_ok), "{done:?}");
    }

    /// Forbids everybody one thing about a topic, and allows all else.
    pub fn forbid(&self, topic: &str, operation: Operation) {
        use rd::rd_kafka_AclPermissionType_t::{RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, RD_KAFKA_ACL_PERMISSION_TYPE_DENY};
        let forbidden = match operation {
            Operation::Read => rd::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_READ,
            Operation::Write => rd::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_WRITE,
        };
        let all = rd::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_ALL;
        let (topic, who, host) = (text(topic), text("User:ANONYMOUS"), text("*"));
        for (operation, permission) in
            [(all, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW), (forbidden, RD_KAFKA_ACL_PERMISSION_TYPE_DENY)]
        {
            // SAFETY: the texts live until the call returns; librdkafka copies them.
            let mut rule = unsafe {
                rd::rd_kafka_AclBinding_new(
                    rd::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC,
                    topic.as_ptr(),
                    rd::rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                    who.as_ptr(),
                    host.as_ptr(),
                    operation,
                    permission,
                    ptr::null_mut(),
                    0,
                )
            };
            assert!(!rule.is_null(), "a rule");
            // SAFETY: client and queue live over the call; the rule is destroyed once.
            self.ask(|client, queue| unsafe {
                rd::rd_kafka_CreateAcls(client, &mut rule, 1, ptr::null(), queue);
                rd::rd_kafka_AclBinding_destroy(rule);
            });
        }
    }

    /// Takes back whatever was forbidden about a topic.
    pub fn allow(&self, topic: &str) {
        let topic = text(topic);
        // SAFETY: as above; null means any principal and host.
        let mut filter = unsafe {
            rd::rd_kafka_AclBindingFilter_new(
                rd::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC,
                topic.as_ptr(),
                rd::rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                ptr::null(),
                ptr::null(),
                rd::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_ANY,
                rd::rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ANY,
                ptr::null_mut(),
                0,
            )
        };
        assert!(!filter.is_null(), "a filter");
        // SAFETY: as above.
        self.ask(|client, queue| unsafe {
            rd::rd_kafka_DeleteAcls(client, &mut filter, 1, ptr::null(), queue);
            rd::rd_kafka_AclBinding_destroy(filter);
        });
    }

    /// Asks, and waits for the answer.
    fn ask(&self, question: impl FnOnce(*mut rd::rd_kafka_t, *mut rd::rd_kafka_queue_t)) {
        let client = self.0.inner().native_ptr();
        // SAFETY: the client outlives the queue, which is destroyed here; the event is looked at before it is destroyed.
        unsafe {
            let queue = rd::rd_kafka_queue_new(client);
            question(client, queue);
            let event = rd::rd_kafka_queue_poll(queue, 30_000);
            assert!(!event.is_null(), "no answer");
            let error = rd::rd_kafka_event_error(event);
            rd::rd_kafka_event_destroy(event);
            rd::rd_kafka_queue_destroy(queue);
            assert_eq!(error, rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
        }
    }
}

fn text(text: &str) -> CString {
    CString::new(text).expect("no NUL")
}

fn wait<T>(answer: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), answer).await.expect("an answer in time") })
}
