using SafeTune.Images;
using SafeTune.Reproduction.World.Images.Classes;
using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images;

/// <summary>An image, and the index of its class.</summary>
internal sealed record Drawn(RgbImage Image, int Class);

/// <summary>Images of some classes.</summary>
/// <param name="Name">Chance depends on it.</param>
/// <param name="Classes">What is drawn.</param>
/// <param name="Look">How hard the images are to read.</param>
internal sealed record ImageSet(string Name, IReadOnlyList<ImageClass> Classes, Look Look)
{
    /// <summary>The images of one split; the classes take turns.</summary>
    public Drawn[] Draw(string split, int rows)
    {
        var images = new Drawn[rows];
        Parallel.For(0, rows, i =>
        {
            var scene = new Scene(new Dice($"{Name}/{split}", i), Look);
            Classes[i % Classes.Count].Draw(scene);
            images[i] = new Drawn(scene.Finish(), i % Classes.Count);
        });
        return images;
    }
}
