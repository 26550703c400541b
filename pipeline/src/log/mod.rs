//! Topics: the embedded log and Kafka behind one trait.
