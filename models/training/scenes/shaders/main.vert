#version 330
uniform mat4 model;
uniform mat4 view_projection;
in vec3 position;
in vec3 normal;
in vec3 colour;
in float material;
out vec3 world;
out vec3 world_normal;
out vec3 albedo;
out float height;
flat out int kind;
invariant gl_Position;
void main() {
    vec4 p = model * vec4(position, 1.0);
    world = p.xyz;
    world_normal = mat3(model) * normal;
    albedo = colour;
    height = position.z;
    kind = int(material + 0.5);
    gl_Position = view_projection * p;
}
