#version 330
uniform mat4 model;
uniform mat4 view_projection;
in vec3 position;
invariant gl_Position;  // the main pass must find the very same depth
void main() {
    vec4 p = model * vec4(position, 1.0);
    gl_Position = view_projection * p;
}
