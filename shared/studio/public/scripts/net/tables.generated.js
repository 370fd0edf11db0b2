// Made from shared/core/src/job_type.rs, aspect.rs and limits.rs, and prompts/src/style.rs by `npm run generate`.

export const MAX_PROMPT_CHARACTERS = 2000;

export const MAX_REFERENCE_BYTES = 10485760;

export const JOB_TYPES = [
  {"batches":[{"numImages":1},{"numImages":3},{"numImages":6}],"enhanced":false,"format":"image","jobType":"sdxl_image_fast","model":"sdxl","quality":"fast","queue":"sdxl_queue"},
  {"batches":[{"numImages":1},{"numImages":3},{"numImages":6}],"enhanced":false,"format":"image","jobType":"sdxl_image_high","model":"sdxl","quality":"high","queue":"sdxl_queue"},
  {"batches":[{"numImages":1}],"enhanced":false,"format":"image","jobType":"image_fast","model":"wan","quality":"fast","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":false,"format":"image","jobType":"image_high","model":"wan","quality":"high","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":false,"format":"video","jobType":"video_fast","model":"wan","quality":"fast","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":false,"format":"video","jobType":"video_high","model":"wan","quality":"high","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":true,"format":"image","jobType":"image7b_fast_enhanced","model":"wan","quality":"fast","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":true,"format":"image","jobType":"image7b_high_enhanced","model":"wan","quality":"high","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":true,"format":"video","jobType":"video7b_fast_enhanced","model":"wan","quality":"fast","queue":"wan_queue"},
  {"batches":[{"numImages":1}],"enhanced":true,"format":"video","jobType":"video7b_high_enhanced","model":"wan","quality":"high","queue":"wan_queue"},
];

export const ASPECTS = {
  sdxl: [
    {"height":1024,"name":"1:1","width":1024},
    {"height":896,"name":"4:3","width":1152},
    {"height":1152,"name":"3:4","width":896},
    {"height":832,"name":"3:2","width":1216},
    {"height":1216,"name":"2:3","width":832},
    {"height":768,"name":"16:9","width":1344},
    {"height":1344,"name":"9:16","width":768},
    {"height":640,"name":"21:9","width":1536},
    {"height":1536,"name":"9:21","width":640},
  ],
  wan: [
    {"height":832,"name":"9:16","width":480},
    {"height":480,"name":"16:9","width":832},
  ],
};

export const STYLES = ["photographic","cinematic","film_noir","digital_art","anime","comic","oil_painting","watercolor","line_art","pixel_art","low_poly","render_3d"];

export const MAX_NEGATIVE_PROMPT_CHARACTERS = 500;
