//! The worker's metrics with what they mean.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// Pictures wanted by a camera's sample plan that reached the rules.
pub const PICTURES: &str = "streetwatch_pictures_total";
/// Pictures the gate found unchanged, so that no inference was needed.
pub const GATED: &str = "streetwatch_gate_unchanged_total";
/// Pictures that went to the detector.
pub const INFERRED: &str = "streetwatch_pictures_inferred_total";
/// Parts of pictures that were looked at once more, closely.
pub const CLOSER: &str = "streetwatch_closer_looks_total";
/// Closer looks that failed; the picture is taken as first seen.
pub const CLOSER_FAILED: &str = "streetwatch_closer_look_failures_total";
/// Pictures whose detection failed; the rules skip them.
pub const DETECT_FAILED: &str = "streetwatch_detect_failures_total";
/// What the operators did not process, by reason.
pub const REFUSED: &str = "streetwatch_operators_refused_total";
/// Changes of candidates by rule and transition.
pub const CANDIDATES: &str = "streetwatch_candidate_changes_total";
/// From the deciding picture's capture to the record acknowledged on the log.
pub const CANDIDATE_DELAY: &str = "streetwatch_candidate_delay_seconds";
/// From a picture's capture to the end of its rules.
pub const PICTURE_DELAY: &str = "streetwatch_picture_delay_seconds";
/// 1 for the state a camera is in, 0 for the others.
pub const CAMERA_STATE: &str = "streetwatch_camera_state";
/// Changes waiting for their evidence and the log.
pub const DISPATCH_WAITING: &str = "streetwatch_dispatch_waiting";
/// Appends that were tried again.
pub const DISPATCH_RETRIES: &str = "streetwatch_dispatch_retries_total";
/// CPU time of the cameras' threads, by stage.
pub const STAGE_CPU: &str = "streetwatch_stage_cpu_microseconds_total";
/// Rules held, by reason.
pub const SUSPENSIONS: &str = "streetwatch_suspensions_total";
/// Times a camera waited because its dispatcher's queue was full.
pub const DISPATCH_QUEUE_FULL: &str = "streetwatch_dispatch_queue_full_total";
/// Messages given up, by reason. Never acknowledged to anybody.
pub const DISPATCH_LOST: &str = "streetwatch_dispatch_lost_total";

/// Pictures compared with a baseline.
pub const COMPARED: &str = "streetwatch_pictures_compared_total";
/// Pictures that could not be compared with a baseline, or whose comparison did not count, by reason.
pub const NOT_COMPARED: &str = "streetwatch_pictures_not_compared_total";

/// How long ago the latest picture was taken, of cameras that are fed from segments.
pub const SEGMENTS_BEHIND: &str = "streetwatch_segments_behind_seconds";

/// Records that the console took into its store, by topic.
pub const CONSOLE_RECORDS: &str = "streetwatch_console_records_total";
/// Records that the console could not read, by topic and reason.
pub const CONSOLE_SKIPPED: &str = "streetwatch_console_skipped_total";
/// Decisions of reviewers, by action.
pub const CONSOLE_DECISIONS: &str = "streetwatch_console_decisions_total";
/// Decisions that were refused, by reason.
pub const CONSOLE_REFUSED: &str = "streetwatch_console_refused_total";
/// Candidates that nobody has decided, by state: waiting, escalated.
pub const CONSOLE_WAITING: &str = "streetwatch_console_waiting";
/// How long ago the oldest waiting candidate was raised.
pub const CONSOLE_OLDEST: &str = "streetwatch_console_oldest_waiting_seconds";
/// Decisions that have waited for the log for longer than five seconds.
pub const CONSOLE_OUTBOX: &str = "streetwatch_console_outbox";

/// Messages that were not said, because another worker owns the camera by now.
pub const DISPATCH_FENCED: &str = "streetwatch_dispatch_fenced_total";
/// Cores that the cameras of this worker are thought to cost, over those it may spend.
pub const WORKER_LOAD: &str = "streetwatch_worker_load";
/// 1 while a worker's cameras cost more than it may spend.
pub const WORKER_FULL: &str = "streetwatch_worker_full";
/// 1 while a worker has joined its group, reaches the log and finds its topics in order.
pub const WORKER_READY: &str = "streetwatch_worker_ready";
/// What keeps a worker from its work, by what it is about: 1 while it lasts.
pub const WORKER_TROUBLE: &str = "streetwatch_worker_trouble";
/// Partitions of `cameras` that this worker owns.
pub const WORKER_PARTITIONS: &str = "streetwatch_worker_partitions";
/// Cameras that this worker runs.
pub const WORKER_CAMERAS: &str = "streetwatch_worker_cameras";
/// Partitions that came and went, by how: assigned, revoked, lost.
pub const REBALANCED: &str = "streetwatch_worker_rebalanced_partitions_total";
/// From the assignment of partitions to their cameras' start.
pub const TAKEOVER: &str = "streetwatch_worker_takeover_seconds";
/// Transactions, by outcome: committed, aborted, fenced, stuck (and gone on with another producer).
pub const TRANSACTIONS: &str = "streetwatch_transactions_total";
/// From a transaction's first record to its commit.
pub const TRANSACTION_TIME: &str = "streetwatch_transaction_seconds";
/// Records that a worker could not use, by topic and reason.
pub const RECORDS_REFUSED: &str = "streetwatch_worker_records_refused_total";
/// Readings that the rules took, by kind of device.
pub const READINGS: &str = "streetwatch_readings_total";
/// Readings that the rules hold, to judge late ones beside them.
pub const READINGS_HELD: &str = "streetwatch_readings_held";
/// What became of readings that were not simply the next, by outcome; of the devices that are watched now.
pub const READINGS_OUTCOME: &str = "streetwatch_readings_out_of_order";
/// Devices that are watched.
pub const DEVICES: &str = "streetwatch_devices";
/// Share of a plan's roads that was swept in its last hours.
pub const PLAN_SHARE: &str = "streetwatch_plan_share";

/// Gives the recorder the help texts.
pub fn describe() {
    describe_counter!(PICTURES, "Pictures that reached the rules, by camera");
    describe_counter!(GATED, "Pictures found unchanged by the gate, by camera");
    describe_counter!(INFERRED, "Pictures that went to the detector, by camera");
    describe_counter!(CLOSER, "Parts of pictures that were looked at once more, closely, by camera");
    describe_counter!(CLOSER_FAILED, "Closer looks that failed, by camera");
    describe_counter!(DETECT_FAILED, "Pictures whose detection failed, by camera and reason");
    describe_counter!(REFUSED, "What the operators did not process, by camera and reason");
    describe_counter!(CANDIDATES, "Changes of candidates, by rule and transition");
    describe_histogram!(CANDIDATE_DELAY, "Capture of the deciding picture to acknowledged record, seconds");
    describe_histogram!(PICTURE_DELAY, "Capture of a picture to the end of its rules, seconds");
    describe_gauge!(CAMERA_STATE, "1 for the state the camera is in, by camera and state");
    describe_gauge!(DISPATCH_WAITING, "Changes waiting for evidence and log");
    describe_counter!(DISPATCH_RETRIES, "Appends tried again, by reason");
    describe_counter!(STAGE_CPU, "CPU time of the cameras' threads by stage, microseconds");
    describe_counter!(SUSPENSIONS, "Rules held, by camera and reason");
    describe_counter!(DISPATCH_QUEUE_FULL, "Times a camera waited for a full dispatcher queue");
    describe_counter!(COMPARED, "Pictures compared with a baseline, by camera");
    describe_counter!(NOT_COMPARED, "Pictures not compared with a baseline, by camera and reason");
    describe_counter!("streetwatch_segments_total", "Segments looked at, by camera");
    describe_counter!("streetwatch_segments_skipped_total", "Segments left out, by camera and reason");
    describe_counter!("streetwatch_segments_missing_total", "Segments that never came, by camera");
    describe_gauge!("streetwatch_gateway_sessions", "Terminals' sessions, by state");
    describe_gauge!("streetwatch_gateway_buffer_bytes", "Readings that wait for the log, bytes");
    describe_gauge!("streetwatch_gateway_mqtt_connected", "1 while a broker is connected, by broker");
    describe_counter!("streetwatch_gateway_readings_total", "Readings that the log has, by where they came from");
    describe_counter!("streetwatch_gateway_connections_refused_total", "Connections turned away, by reason");
    describe_counter!("streetwatch_gateway_sessions_closed_total", "Sessions ended by the gateway, by reason");
    describe_counter!("streetwatch_gateway_frames_refused_total", "What a terminal sent and was not taken, by reason");
    describe_counter!("streetwatch_gateway_mqtt_ignored_total", "MQTT messages or values not taken, by reason");
    describe_counter!("streetwatch_gateway_append_retries_total", "Appends of readings tried again, by reason");
    describe_counter!("streetwatch_record_segments_total", "Segments put into a recorder's buffer, by camera");
    describe_counter!("streetwatch_record_sent_total", "Segments of a recorder that the log has acknowledged");
    describe_counter!("streetwatch_record_lost_total", "Segments lost out of a recorder's buffer, by reason");
    describe_gauge!("streetwatch_record_line_up", "1 while the log takes a recorder's segments");
    describe_gauge!(SEGMENTS_BEHIND, "Age of the latest picture of a camera fed from segments, seconds, by camera");
    describe_counter!(CONSOLE_RECORDS, "Records the console took into its store, by topic");
    describe_counter!(CONSOLE_SKIPPED, "Records the console could not read, by topic and reason");
    describe_counter!(CONSOLE_DECISIONS, "Decisions of reviewers, by action");
    describe_counter!(CONSOLE_REFUSED, "Decisions refused, by reason");
    describe_gauge!(CONSOLE_WAITING, "Candidates that nobody has decided, by state");
    describe_gauge!(CONSOLE_OLDEST, "Age of the oldest candidate that waits, seconds");
    describe_gauge!(CONSOLE_OUTBOX, "Decisions that wait for the log");
    describe_counter!(DISPATCH_FENCED, "Messages left to the camera's new owner");
    describe_gauge!(WORKER_LOAD, "Cost of this worker's cameras over its capacity");
    describe_gauge!(WORKER_FULL, "1 while the cameras cost more than the capacity");
    describe_gauge!(WORKER_READY, "1 while the worker is ready");
    describe_gauge!(WORKER_TROUBLE, "1 while something keeps the worker from its work, by what");
    describe_gauge!(WORKER_PARTITIONS, "Partitions of cameras that this worker owns");
    describe_gauge!(WORKER_CAMERAS, "Cameras that this worker runs");
    describe_counter!(REBALANCED, "Partitions that came and went, by how");
    describe_histogram!(TAKEOVER, "Assignment of partitions to their cameras' start, seconds");
    describe_counter!(TRANSACTIONS, "Transactions, by outcome");
    describe_histogram!(TRANSACTION_TIME, "A transaction's first record to its commit, seconds");
    describe_counter!(RECORDS_REFUSED, "Records a worker could not use, by topic and reason");
    describe_counter!(READINGS, "Readings that the rules took, by kind of device");
    describe_gauge!(READINGS_HELD, "Readings that the rules hold");
    describe_gauge!(READINGS_OUTCOME, "Readings late, repeated, too late, hurried or untimed, of the devices watched");
    describe_gauge!(DEVICES, "Devices that are watched");
    describe_gauge!(PLAN_SHARE, "Share of a plan's roads swept in its last hours, by plan");
    describe_counter!(DISPATCH_LOST, "Messages given up, by reason");
}
