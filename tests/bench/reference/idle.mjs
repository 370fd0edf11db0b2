// A function that does nothing: it reads the request and answers. What is left of a time without it, its own work and
// its backends took.

export default {
  async fetch(request) {
    await request.arrayBuffer();
    return Response.json({ success: true });
  },
};
