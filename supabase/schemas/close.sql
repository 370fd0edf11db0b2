-- Last of all, because a table or function that is made later would be open again.
call private.close();
