//! Which words say what. Phrases are in lower case with commas between them, hyphens written as spaces,
//! plurals spelt out.

use super::traits::Traits as T;

/// The phrases of a list.
pub fn phrases(list: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    list.split(", ")
}

/// Each meaning with the phrases that have it. A phrase may stand under several.
pub const LEXICON: &[(T, &str)] = &[
    (
        T::DAY,
        "day, daytime, daylight, noon, midday, morning, sunny, sunlit, sunlight, sunshine, blue sky, \
         afternoon, sunrise, dawn, sun",
    ),
    (
        T::NIGHT,
        "night, nighttime, midnight, moonlight, moonlit, moon, starlight, stars, starry, milky way, \
         aurora, nocturnal",
    ),
    (
        T::PHOTO,
        "photo, photos, photograph, photographic, photography, photorealistic, photorealism, \
         realistic, dslr, film grain, 35mm, raw photo, polaroid, analog film, documentary, cinematic \
         still, shot on",
    ),
    (
        T::DRAWN,
        "drawing, drawn, painting, painted, watercolor, watercolour, oil on canvas, oil painting, \
         sketch, pencil, ink, charcoal, anime, manga, cartoon, comic, illustration, illustrated, \
         concept art, digital art, pixel art, vector, low poly, 3d render, claymation, engraving, \
         woodcut, ukiyo e, mosaic, stained glass, cel shaded, brush strokes, brushwork, line work, \
         gouache, linocut, children s book, papercut, paper cut",
    ),
    (
        T::COLOUR,
        "colorful, colourful, vivid, vibrant, saturated, color grading, rich colors, rainbow, neon, \
         technicolor, warm colors, golden, red, green, blue, yellow, orange, purple, pink, turquoise, \
         teal",
    ),
    (
        T::MONOCHROME,
        "monochrome, monochromatic, black and white, greyscale, grayscale, b w, sepia, noir, pencil \
         sketch, charcoal",
    ),
    (
        T::INDOOR,
        "indoor, indoors, interior, room, kitchen, bedroom, office, studio, library, cafe, \
         restaurant, bar, church, cathedral, hall, living room, museum, workshop, corridor, cellar, \
         laboratory, window light",
    ),
    (
        T::OUTDOOR,
        "outdoor, outdoors, landscape, mountain, mountains, forest, beach, meadow, field, fields, \
         desert, street, sky, horizon, garden, park, lake, river, ocean, sea, valley, cliff, jungle, \
         hills, countryside, skyline, glacier, volcano, dunes, harbor, harbour, golden hour, open \
         shade, overcast",
    ),
    (
        T::STILL,
        "still life, motionless, frozen in time, standing still, static scene, resting, sleeping, \
         asleep, statue, portrait",
    ),
    (
        T::MOVING,
        "running, runs, run, rides, gallops, cycles, sails, flying, flies, dancing, dances, jumping, jumps, racing, galloping, \
         swimming, swims, walking, walks, surfing, riding, driving, drives, crashing, leaping, \
         splashing, spinning, chasing, chase, skiing, climbing, motion blur, action",
    ),
    (
        T::CLOSE,
        "close up, closeup, macro, extreme close up, headshot, detail shot, tight framing",
    ),
    (
        T::WIDE,
        "wide shot, wide angle, panorama, panoramic, aerial, bird s eye, establishing shot, vast, \
         landscape, skyline, drone shot, drone, epic scale, full body, sweeping",
    ),
    (
        T::FIXED_CAMERA,
        "static camera, fixed camera, locked off, tripod, static shot, still camera",
    ),
    (
        T::MOVING_CAMERA,
        "tracking shot, dolly, pan, panning, camera pans, handheld, crane shot, orbit, orbits, push \
         in, zoom, zooms, flythrough, drone shot, camera follows, camera glides, steadicam, camera \
         drifts, camera rises, fpv",
    ),
    (T::CLEAR, "clear sky, blue sky, sunny, cloudless, sunshine"),
    (
        T::OVERCAST,
        "overcast, cloudy, foggy, fog, mist, misty, storm, stormy, thunderstorm, rain, rainy, \
         raining, snowstorm, blizzard, haze, hazy, grey sky",
    ),
    (
        T::CALM,
        "calm, serene, peaceful, tranquil, quiet, cozy, cosy, gentle, relaxed, meditative, sleeping, \
         asleep, dreamy",
    ),
    (
        T::TENSE,
        "tense, epic, battle, war, horror, scary, ominous, fierce, violent, chaotic, explosion, \
         explosive, intense, fight, fighting, menacing, eerie, dynamic energy, chase, storm, stormy, \
         thunderstorm",
    ),
    (
        T::SOFT_LIGHT,
        "soft light, soft lighting, diffused, diffuse light, soft shadows, softbox, overcast, open \
         shade, soft",
    ),
    (
        T::HARD_LIGHT,
        "hard light, harsh light, hard shadows, strong shadows, high contrast, chiaroscuro, \
         spotlight, dramatic lighting, rim light, deep shadows",
    ),
    (
        T::WARM,
        "warm, golden hour, sunset, candlelight, candlelit, fireplace, sepia, firelight, fire, amber, \
         desert",
    ),
    (
        T::COLD,
        "cold, icy, ice, frozen, frost, frosty, snow, snowy, winter, arctic, cool tones, moonlight, \
         cool light, glacier, blizzard",
    ),
    (
        T::BRIGHT,
        "bright, high key, airy, sunny, white background, luminous",
    ),
    (
        T::DARK,
        "dark, low key, gloomy, shadowy, dim, noir, black background, cellar",
    ),
    (
        T::SHARP,
        "sharp focus, crisp, tack sharp, deep focus, everything in focus, crisp detail",
    ),
    (
        T::BLURRED,
        "blurry, blurred, out of focus, soft focus, motion blur, dreamy haze, tilt shift",
    ),
    (
        T::MODERN,
        "modern, futuristic, cyberpunk, contemporary, sci fi, spaceship, neon, minimalist, robot, \
         skyscraper, skyscrapers",
    ),
    (
        T::OLD,
        "vintage, ancient, medieval, victorian, retro, 1920s, 1950s, antique, baroque, renaissance, \
         viking, samurai, steampunk, old film",
    ),
    (
        T::SLOW,
        "slow motion, slowly, slow, gentle movement, leisurely",
    ),
    (
        T::FAST,
        "fast, rapid, high speed, quickly, time lapse, timelapse, hyperlapse, racing, fast paced",
    ),
    (
        T::PERSON,
        "person, people, man, woman, men, women, girl, boy, child, children, portrait, face, dancer, \
         astronaut, knight, warrior, samurai, chef, musician, violinist, pianist, surfer, cyclist, \
         skier, diver, farmer, fisherman, potter, blacksmith, queen, king, princess, wizard, witch, \
         detective, scientist, worker, model, couple, crowd, hands, old man, grandmother, runner, \
         climber, skateboarder, baker, monk",
    ),
    (
        T::ANIMAL,
        "animal, cat, cats, kitten, dog, dogs, puppy, fox, foxes, wolf, wolves, horse, horses, bird, \
         birds, owl, eagle, lion, tiger, bear, deer, rabbit, elephant, whale, dolphin, fish, \
         butterfly, bee, frog, hummingbird, penguin, penguins, turtle, jellyfish, octopus, parrot, \
         squirrel, hedgehog, leopard, crow, raven",
    ),
    (
        T::VEHICLE,
        "car, cars, truck, train, ship, boat, sailboat, airplane, plane, motorcycle, bicycle, \
         spaceship, tram, bus, locomotive, submarine, helicopter, rocket",
    ),
    (
        T::FOOD,
        "food, dish, cake, bread, coffee, soup, ramen, sushi, pizza, fruit, salad, dessert, wine, \
         tea, breakfast, chocolate, croissant, burger, pancakes",
    ),
    (
        T::BUILDING,
        "building, house, castle, tower, temple, church, cathedral, bridge, architecture, cottage, \
         lighthouse, skyscraper, ruins, palace, villa, cabin, windmill, library",
    ),
    (
        T::NATURE,
        "forest, tree, trees, mountain, mountains, meadow, flower, flowers, waterfall, lake, valley, \
         garden, jungle, desert, landscape, autumn leaves, field, fields, hills, canyon, glacier, \
         volcano, dunes, moss",
    ),
    (
        T::WATER,
        "water, sea, ocean, lake, river, waterfall, wave, waves, beach, pond, harbor, harbour, \
         reflection, pool, stream, puddle, puddles",
    ),
    (
        T::SPACE,
        "space, galaxy, nebula, planet, planets, orbit of, astronaut, cosmos, asteroid, space \
         station, spaceship, mars, saturn",
    ),
    (
        T::UNDERWATER,
        "underwater, coral reef, reef, deep sea, seabed, jellyfish, submarine, diver",
    ),
    (
        T::PRODUCT,
        "product, bottle, watch, wristwatch, perfume, sneaker, sneakers, headphones, packshot, \
         teapot, vase, chair, lamp, phone",
    ),
    (
        T::CITY,
        "city, street, alley, downtown, tokyo, paris, new york, london, skyline, market, cityscape, \
         urban, town, metropolis",
    ),
    (
        T::FANTASY,
        "dragon, dragons, wizard, witch, elf, fairy, magic, magical, unicorn, phoenix, mermaid, \
         enchanted, mythical, spirit",
    ),
    (
        T::FIRE,
        "fire, flame, flames, campfire, candle, candles, candlelight, lava, fireplace, torch, \
         torches, embers, forge",
    ),
    (
        T::SNOW,
        "snow, snowy, snowfall, blizzard, snowstorm, winter",
    ),
    (
        T::RAIN,
        "rain, rainy, raining, thunderstorm, drizzle, wet street",
    ),
    (T::LIGHT, LIGHT),
    (T::COMPOSITION, COMPOSITION),
    (T::LENS, LENS),
    (T::MOOD, MOOD),
    (T::QUALITY, QUALITY),
    (T::CAMERA, CAMERA),
    (T::MOTION, MOTION),
    (T::union(&[T::NIGHT, T::CITY]), "city lights, neon signs"),
];

pub const LIGHT: &str = "light, lighting, lit, backlit, backlight, sunlight, sunlit, moonlight, moonlit, candlelight, \
     candlelit, golden hour, blue hour, sunset, sunrise, rim light, volumetric, chiaroscuro, god rays, \
     glow, glowing, neon, softbox, shadows, high key, low key, firelight, starlight, lamplight";
pub const COMPOSITION: &str = "composition, rule of thirds, symmetrical, symmetry, centered, close up, closeup, wide shot, wide \
     angle, aerial, low angle, high angle, bird s eye, portrait, panorama, panoramic, macro, framing, \
     framed, negative space, leading lines, full body, headshot, establishing shot, overhead, top down, \
     isometric, foreground, depth, medium shot, three quarter view, vignette";
/// Words for lenses and materials of the craft.
pub const LENS: &str = "lens, bokeh, depth of field, 35mm, 50mm, 85mm, 24mm, f 1, f 2, f 8, telephoto, fisheye, anamorphic, \
     tilt shift, macro lens, film grain, brushwork, brush strokes, line work, deep focus, shallow focus, \
     kodak, texture, textures, paper grain, shading";
/// Words for mood and colour.
pub const MOOD: &str = "mood, moody, atmosphere, atmospheric, cinematic, dreamy, serene, peaceful, epic, dramatic, \
     nostalgic, mysterious, melancholic, cheerful, cozy, cosy, eerie, romantic, majestic, whimsical, \
     color grading, palette, tones, vibrant, tranquil, ominous, calm, playful, ethereal";
/// Words that a model was trained to understand as quality.
pub const QUALITY: &str = "masterpiece, best quality, high quality, highly detailed, ultra detailed, intricate detail, \
     intricate details, fine detail, fine details, rich detail, sharp focus, 8k, 4k, uhd, hdr, \
     professional, award winning, photorealistic, high resolution, crisp detail, hyperdetailed, finely \
     detailed, polished finish, smooth motion, temporal consistency, fluid motion, stable anatomy, \
     consistent detail, natural motion, clean edges";
/// Words for what the camera does.
pub const CAMERA: &str = "tracking shot, dolly, pan, panning, camera, handheld, crane shot, orbit, orbits, push in, zoom, \
     zooms, drone shot, flythrough, steadicam, locked off, tripod, static shot, fpv";
/// Words for movement in the scene.
pub const MOTION: &str = "moving, movement, motion, drifting, drifts, flowing, flows, swaying, sways, running, runs, run, \
     flying, flies, dancing, dances, jumping, jumps, galloping, swimming, swims, walking, walks, falling, \
     rising, rippling, waving, slow motion, time lapse, timelapse, racing, driving, riding, surfing, \
     crashing, leaping, turning, turns, spinning, breathing, flickering, billowing, splashing, rolling, \
     blooming";

/// Words that a prompt loses nothing without.
pub const FILLER: &str = "very, really, just, please, quite, actually, basically, literally, simply, some, somewhat, rather, \
     truly, totally, absolutely, kind, sort, of, also, that, which, so, such, then, there, like, perhaps, \
     maybe, showing, featuring, depicting, image, picture";
/// Praise that a model cannot draw.
pub const WEAK: &str = "beautiful, amazing, stunning, gorgeous, incredible, awesome, wonderful, breathtaking, nice, great, \
     good, lovely, pretty, fantastic, perfect, magnificent, spectacular, impressive, remarkable, \
     exquisite, captivating, mesmerizing, engaging, striking, elegant, unique, special, interesting, \
     visually, carefully, perfectly, beautifully, extremely, incredibly, slightly, completely, deeply";
