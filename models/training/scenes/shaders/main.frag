#version 330
// Materials as in mesh.py.
const int PAINT = 1, GLASS = 2, METAL = 3, LAMP_FRONT = 4, LAMP_REAR = 5, CLOTH = 6, FOLIAGE = 7;
const int ASPHALT = 8, PAVING = 9, BRICK = 10, FACADE = 11, GRASS = 12, ROAD_PAINT = 13, SIGNAL = 14, WATER = 15, HOLE = 16;
const int LAMPS = 24, FEET = 48;

uniform vec3 eye, sun, sun_colour, sky, ground, fog;
uniform float fog_density, exposure, wet, leaves, snow, litter, seconds, texture_seed;
uniform vec3 tint;
uniform int lit;         // lamps of this vehicle are on
uniform int is_static;
uniform int night;
uniform mat4 sun_matrix;
uniform sampler2DShadow shadow_map;
uniform int lamp_count;
uniform vec4 lamp_position[LAMPS];   // w: reach
uniform vec4 lamp_direction[LAMPS];  // w: cosine of half the cone
uniform vec3 lamp_colour[LAMPS];
uniform int foot_count;
uniform vec4 foot[FEET];             // x, y, half length, half width of what stands on the ground
uniform vec2 foot_turn[FEET];        // cosine and sine of its heading

in vec3 world;
in vec3 world_normal;
in vec3 albedo;
in float height;
flat in int kind;
out vec4 result;

float hash(vec2 p) { p = fract(p * vec2(123.34, 456.21) + texture_seed); p += dot(p, p + 45.32); return fract(p.x * p.y); }
float noise(vec2 p) {
    vec2 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float fbm(vec2 p) { return 0.5 * noise(p) + 0.3 * noise(p * 2.7) + 0.2 * noise(p * 7.1); }

vec3 surface(vec3 n) {
    vec3 c = albedo;
    vec2 side = abs(n.x) > abs(n.y) ? world.yz : world.xz;
    float detail = 1.0 / (1.0 + 12.0 * length(fwidth(world)));
    if (kind == ASPHALT) {
        c *= 0.75 + 0.35 * fbm(world.xy * 0.35) + 0.35 * (noise(world.xy * 18.0) - 0.5) * detail;
        c *= 1.0 - 0.22 * smoothstep(0.62, 0.72, noise(world.xy * vec2(0.12, 0.5) + 7.0));   // patches, tyre lanes
        float crack = abs(noise(world.xy * 0.55 + 3.0) - 0.5);
        c *= 1.0 - 0.25 * detail * (1.0 - smoothstep(0.0, 0.006, crack));
    } else if (kind == PAVING) {
        vec2 tile = world.xy * vec2(2.5, 2.5); tile.x += 0.5 * mod(floor(tile.y), 2.0);
        vec2 edge = abs(fract(tile) - 0.5);
        c *= 0.8 + 0.4 * hash(floor(tile)) * detail + 0.2 * fbm(world.xy * 0.6) - 0.1;
        c *= 1.0 - 0.4 * detail * smoothstep(0.44, 0.49, max(edge.x, edge.y));
    } else if (kind == BRICK) {
        vec2 tile = side * vec2(2.0, 5.0); tile.x += 0.5 * mod(floor(tile.y), 2.0);
        vec2 edge = abs(fract(tile) - 0.5);
        c *= 0.85 + 0.3 * hash(floor(tile)) * detail;
        c = mix(c, vec3(0.5), 0.5 * detail * smoothstep(0.42, 0.48, max(edge.x * 0.95, edge.y)));
    } else if (kind == FACADE) {
        c *= 0.85 + 0.25 * fbm(side * 0.7) - 0.12 * smoothstep(0.55, 0.8, noise(vec2(side.x * 1.5, side.y * 0.15)));
    } else if (kind == GRASS || kind == FOLIAGE) {
        vec2 p = kind == GRASS ? world.xy : world.xy + world.z * vec2(0.7, -0.4);
        c *= 0.6 + 0.7 * fbm(p * 3.0) + 0.4 * (noise(p * 14.0) - 0.5) * detail;
    } else if (kind == ROAD_PAINT) {
        c *= 0.75 + 0.3 * fbm(world.xy * 2.0); c = mix(c, vec3(0.12), 0.45 * smoothstep(0.5, 0.75, noise(world.xy * 5.0)));
    } else if (kind == 0 || kind == CLOTH) {
        c *= 0.9 + 0.2 * noise((side + world.xy) * 4.0);
    } else if (kind == PAINT && is_static == 0) {
        c *= tint;
        c = mix(c, vec3(0.25, 0.22, 0.18), 0.25 * smoothstep(0.7, 0.1, height) * noise(side * 3.0));   // road dirt
    }
    return c;
}

// Fallen leaves: one to a cell of 9 cm, turned at random, thicker in drifts.
vec3 strewn(vec3 c) {
    vec2 cell = floor(world.xy / 0.09);
    float drift = smoothstep(0.25, 0.75, fbm(world.xy * 0.5 + 5.0));
    for (int i = -1; i <= 1; i++) for (int j = -1; j <= 1; j++) {
        vec2 at = cell + vec2(i, j);
        float chance = hash(at + 0.37);
        if (chance > litter * (0.3 + 0.9 * drift)) continue;
        float turn = 6.283 * hash(at + 1.7);
        vec2 d = world.xy - (at + vec2(hash(at + 2.1), hash(at + 3.3))) * 0.09;
        d = mat2(cos(turn), -sin(turn), sin(turn), cos(turn)) * d;
        if (abs(d.y) < 0.032 * (1.0 - pow(abs(d.x) / 0.055, 2.0)) && abs(d.x) < 0.055)
            c = mix(vec3(0.22, 0.08, 0.02), vec3(0.42, 0.26, 0.05), hash(at + 4.9)) * (0.6 + 0.6 * hash(at + 6.1));
    }
    return c;
}

// Lying snow, how much of it covers this point: thick where nobody drives or walks, thin in lanes, none on walls.
float snow_here(vec3 n) {
    float lanes = world.z < 0.05 ? 0.35 * smoothstep(0.35, 0.65, noise(vec2(world.x * 0.05, world.y * 1.3))) : 0.0;
    float depth = snow * 1.35 - lanes - 0.45 * fbm(world.xy * 1.4);
    float up = is_static == 0 && height < 0.05 ? 1.0 : smoothstep(0.35, 0.8, n.z);   // edges of covers are buried too
    return up * smoothstep(0.0, 0.22, depth);
}

float sunlight(vec3 n) {
    vec4 p = sun_matrix * vec4(world + 0.03 * n, 1.0);
    vec3 q = p.xyz * 0.5 + 0.5;
    float seen = 0.0;
    if (all(greaterThan(q, vec3(0.0))) && all(lessThan(q, vec3(1.0)))) {
        float texel = 1.0 / 2048.0;
        for (int i = -1; i <= 1; i++) for (int j = -1; j <= 1; j++)
            seen += texture(shadow_map, vec3(q.xy + texel * vec2(i, j), q.z - 0.0006));
        seen /= 9.0;
    } else seen = 1.0;
    if (leaves > 0.0) {
        vec2 p2 = world.xy - sun.xy / max(sun.z, 0.2) * world.z;
        vec2 sway = 0.25 * vec2(sin(seconds * 0.9 + p2.y), cos(seconds * 0.7 + p2.x));
        float gap = smoothstep(0.42, 0.58, fbm((p2 + sway) * 0.9));
        float canopy = smoothstep(0.45, 0.6, noise(p2 * 0.09 + 11.0));
        seen *= 1.0 - leaves * canopy * gap;
    }
    return seen;
}

vec3 environment(vec3 r) {
    float up = r.z;
    vec3 horizon = mix(fog, sky, 0.4);
    vec3 above = mix(horizon, sky * 1.25, smoothstep(0.0, 0.6, up));
    vec3 below = ground * mix(0.35, 0.8, smoothstep(-0.2, 0.0, up));
    float skyline = 0.14 + 0.12 * noise(vec2(atan(r.y, r.x) * 4.0, 1.0));
    vec3 city = mix(below, sky * 0.45, 0.5);
    return up < 0.0 ? below : (up < skyline ? city : above);
}

void main() {
    vec3 n = normalize(world_normal);
    vec3 v = normalize(eye - world);
    vec3 c = surface(n);
    bool flat_ground = kind == ASPHALT || kind == PAVING || kind == ROAD_PAINT || kind == GRASS || (n.z > 0.9 && world.z < 0.2);
    if (kind == HOLE) flat_ground = false;   // neither wet nor covered: nothing comes back from it

    if (litter > 0.0 && flat_ground) c = strewn(c);
    float lying = snow > 0.0 && kind != HOLE ? snow_here(n) : 0.0;
    if (lying > 0.0) c = mix(c, vec3(0.82, 0.84, 0.87) * (0.92 + 0.1 * noise(world.xy * 6.0)), lying);

    // Contact: what stands near takes the sky's light away, and low parts see less of it.
    float open = 1.0;
    if (is_static == 1 && world.z < 0.35) {
        for (int i = 0; i < foot_count; i++) {
            vec2 d = world.xy - foot[i].xy;
            d = abs(vec2(d.x * foot_turn[i].x + d.y * foot_turn[i].y, d.y * foot_turn[i].x - d.x * foot_turn[i].y));
            float outside = length(max(d - foot[i].zw, 0.0));
            open *= 1.0 - 0.72 * exp(-2.6 * outside / (0.25 + 0.35 * min(foot[i].w, 1.2)));
        }
    }
    float low = is_static == 1 ? 1.0 : mix(0.55, 1.0, smoothstep(0.0, 0.9, height));
    if (lying > 0.0) low = mix(low, 1.0, lying);   // what is covered looks as the snow around it
    vec3 sky_light = mix(ground, sky, 0.5 + 0.5 * n.z) * open * low;

    float lambert = max(dot(n, sun), 0.0);
    if (kind == FOLIAGE || kind == CLOTH) lambert = mix(lambert, abs(dot(n, sun)), 0.35);
    float seen = lambert > 0.0 ? sunlight(n) : 0.0;
    c = c * mix(1.0, 0.55, wet * (flat_ground ? 1.0 : 0.3));
    vec3 light = sky_light + sun_colour * lambert * seen;
    float gloss = kind == PAINT ? 60.0 : kind == GLASS ? 200.0 : kind == METAL ? 40.0 : 12.0;
    float strength = kind == PAINT ? 0.5 : kind == GLASS ? 1.0 : kind == METAL ? 0.6 : 0.03;
    if (flat_ground) { gloss = mix(12.0, 50.0, wet); strength = mix(0.02, 0.45, wet); }
    vec3 shine = sun_colour * seen * strength * pow(max(dot(n, normalize(sun + v)), 0.0), gloss);

    for (int i = 0; i < lamp_count; i++) {
        vec3 to = lamp_position[i].xyz - world;
        float d = length(to);
        if (d > lamp_position[i].w) continue;
        to /= d;
        float cone = smoothstep(lamp_direction[i].w, min(lamp_direction[i].w + 0.25, 1.0), dot(-to, lamp_direction[i].xyz));
        float fall = pow(1.0 - d / lamp_position[i].w, 2.0) / (1.0 + 0.04 * d * d);
        vec3 l = lamp_colour[i] * cone * fall;
        light += l * max(dot(n, to), 0.0) * mix(0.5, 1.0, open);
        shine += l * strength * pow(max(dot(n, normalize(to + v)), 0.0), gloss) * 2.0;
    }

    vec3 out_colour = c * light + shine;
    if (kind == GLASS || kind == PAINT || kind == METAL || (flat_ground && wet > 0.05)) {
        float fresnel = pow(1.0 - max(dot(n, v), 0.0), 4.0);
        float mirror = kind == GLASS ? 0.12 + 0.7 * fresnel : kind == PAINT ? 0.05 + 0.45 * fresnel
                     : kind == METAL ? 0.25 + 0.3 * fresnel : wet * (0.06 + 0.55 * fresnel) * (0.6 + 0.8 * noise(world.xy * 0.4));
        vec3 r = reflect(-v, n);
        if (flat_ground) r = normalize(r + 0.05 * (noise(world.xy * 9.0) - 0.5));
        if (lying > 0.0) mirror *= 1.0 - lying;
        out_colour = mix(out_colour, environment(r) * mix(0.5, 1.0, seen + (1.0 - lambert)) * (flat_ground ? 1.0 : low), mirror);
    }
    if (lit == 1) {
        float facing = max(dot(n, v), 0.0);
        if (kind == LAMP_FRONT) out_colour += vec3(9.0, 8.5, 7.5) * (0.35 + facing);
        if (kind == LAMP_REAR) out_colour += vec3(3.2, 0.15, 0.1) * (0.4 + facing);
    }
    if (kind == SIGNAL) out_colour = mix(out_colour, albedo * (night == 1 ? 6.0 : 2.2), 0.9);

    float far = length(eye - world);
    out_colour = mix(fog, out_colour, exp(-fog_density * far));
    vec3 x = out_colour * exposure * 0.55;
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14);   // ACES as fitted by K. Narkowicz, 2015
    result = vec4(pow(clamp(x, 0.0, 1.0), vec3(1.0 / 2.2)), 1.0);
}
