"""Films from files and folders, and pictures set in motion."""

from ganframe_video.data.folder import VideoFolder
from ganframe_video.data.moving import Moving

DATA = [Moving, VideoFolder]
