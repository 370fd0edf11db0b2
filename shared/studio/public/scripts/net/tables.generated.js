// Made from shared/core/src/job_type.rs and limits.rs by `npm run generate`.

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
