"""LINE: a talk in which a complaint is filed and followed, over the Messaging API."""
