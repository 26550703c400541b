#version 330
uniform int id;
layout(location = 0) out int value;
void main() { value = id; }
