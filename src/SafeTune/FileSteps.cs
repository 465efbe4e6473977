namespace SafeTune;

/// <summary>What <see cref="AtomicFile"/> asks of the disk: the steps whose order decides what a crash leaves. A test writes them down.</summary>
internal class FileSteps
{
    /// <summary>An empty file to write into; <see cref="FileStream.Flush(bool)"/> brings it to the disk.</summary>
    public virtual FileStream Create(string file) => new(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);

    /// <summary>Gives a file another's name, and takes it from that one.</summary>
    public virtual void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Brings a folder's names to the disk.</summary>
    public virtual void FlushFolder(string folder) => AtomicFile.FlushFolder(folder);
}
