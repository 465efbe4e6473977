using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Images whose colours are stored apart.</summary>
internal static class Planes
{
    /// <summary>One value of each pixel: 0 = red, 1 = green, 2 = blue.</summary>
    public static byte[] Of(RgbImage image, int channel)
    {
        byte[] plane = new byte[image.Height * image.Width];
        for (int i = 0; i < plane.Length; i++)
            plane[i] = image.Pixels[i * RgbImage.Channels + channel];
        return plane;
    }
}
