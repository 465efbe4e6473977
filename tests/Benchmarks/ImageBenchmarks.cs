using System.Diagnostics;
using System.Globalization;
using SafeTune.Data;
using SafeTune.Images;

namespace SafeTune.Benchmarks;

/// <summary>
/// <c>images</c> prints how many JPEGs a second are decoded and resized, on one core and on all, as a batch needs them: files in memory to normalised numbers.
/// </summary>
/// <remarks>Reads a hub folder: SAFETUNE_HUB, else ../shared/hub.</remarks>
internal static class ImageBenchmarks
{
    private const double Seconds = 2;

    public static void Run()
    {
        var hub = Environment.GetEnvironmentVariable("SAFETUNE_HUB") ?? Path.Combine("..", "shared", "hub");
        foreach (var (set, folder) in new[] { ("Tiny ImageNet", "tiny-imagenet-200"), ("CIFAR-10", "cifar10"), ("Stanford Cars", "stanford-cars/samples") })
        {
            var files = Directory.EnumerateFiles(Path.Combine(hub, "datasets", folder), "*.jp*g", new EnumerationOptions { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive });
            Measure(set, [.. files.Take(500).Select(File.ReadAllBytes)]);
        }

        // The usual size of ImageNet's photographs: a sample, blown up.
        var sample = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(hub, "datasets", "stanford-cars", "samples", "03198.jpg")), "sample");
        Measure("375 × 500", [JpegEncoder.Encode(ImageResizer.Resize(sample, 375, 500, ImageFilter.Bicubic), quality: 90)]);
        Measure("750 × 1000", [JpegEncoder.Encode(ImageResizer.Resize(sample, 750, 1000, ImageFilter.Bicubic), quality: 90)]);
    }

    private static void Measure(string set, byte[][] files)
    {
        StoredImageExample[] images = [.. files.Select(file => new StoredImageExample(new InMemory(file), 0))];
        foreach (var filter in Enum.GetValues<ImageFilter>())
        {
            ImagePreprocessing preprocessing = new() { Size = (224, 224), Filter = filter };
            int[] cores = Environment.ProcessorCount == 1 ? [1] : [1, Environment.ProcessorCount];
            var rates = cores.Select(count => Rate(images, preprocessing, count)).ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{set}, {files.Length} files to 224 × 224, {filter}: {string.Join(", ", cores.Zip(rates, (count, rate) => $"{rate.PerSecond:F0} images/s on {count} cores ({rate.PerCpuSecond:F0} a second of processor time)"))}"));
        }
    }

    private static (double PerSecond, double PerCpuSecond) Rate(StoredImageExample[] images, ImagePreprocessing preprocessing, int cores)
    {
        var planes = Enumerable.Range(0, cores).Select(_ => new float[3 * 224 * 224]).ToArray();
        // What is not yet compiled, or not yet well, is not measured.
        for (var round = 0; ; round++)
        {
            var (watch, before, done) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, 0);
            Parallel.For(0, cores, worker =>
            {
                while (watch.Elapsed.TotalSeconds < Seconds)
                    preprocessing.Normalise(preprocessing.Fit(images[Interlocked.Increment(ref done) % images.Length]), planes[worker]);
            });
            if (round == 1) return (done / watch.Elapsed.TotalSeconds, done / (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
    }

    private sealed class InMemory(byte[] bytes) : IStoredImage
    {
        public string Place => "benchmark";

        public byte[] Read() => bytes;
    }
}
