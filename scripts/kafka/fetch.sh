#!/bin/sh
# Puts the pinned Apache Kafka (pom.xml) into .cache/kafka/libs, for the tests.
#
# What worked on Debian 12: Maven 3.8.7, OpenJDK 17, kafka_2.13 4.1.1 (46 jars,
# 43 MB, 6 to 30 s). Kafka 4 needs Java 17 for the broker. A single KRaft node with
# -Xmx256m and the serial collector listens after 2.5 s and takes 280 MB:
#   java -cp '.cache/kafka/libs/*' kafka.tools.StorageTool format -t ID -c FILE
#   java -Xmx256m -XX:+UseSerialGC -cp '.cache/kafka/libs/*' kafka.Kafka FILE
# tests/src/kafka.rs writes FILE and does both.
#
# Exit codes: 0 there, 3 Maven or Java is missing, 4 the download failed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kafka=$(cd "$here/../.." && pwd)/.cache/kafka
# Complete for exactly this pom.xml?
if cmp -s "$here/pom.xml" "$kafka/pom.xml"; then exit 0; fi
command -v java >/dev/null 2>&1 || { echo "java is missing: install openjdk-17-jre-headless"; exit 3; }
command -v mvn >/dev/null 2>&1 || { echo "Maven is missing: install maven"; exit 3; }
mkdir -p "$kafka"
# Two test programs may come here at once.
exec 9>"$kafka/lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi
if cmp -s "$here/pom.xml" "$kafka/pom.xml"; then exit 0; fi
rm -rf "$kafka/libs" "$kafka/libs.new"
if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$kafka/libs.new" >"$kafka/maven.log" 2>&1; then
  echo "Maven could not fetch Kafka: see .cache/kafka/maven.log"
  exit 4
fi
mv "$kafka/libs.new" "$kafka/libs"
cp "$here/pom.xml" "$kafka/pom.xml"
