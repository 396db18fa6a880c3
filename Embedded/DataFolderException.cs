namespace SecKill.Embedded;

/// <summary>The data folder cannot be used. The message, for operators, names the folder, the reason and the remedy.</summary>
/// <param name="message">What is wrong, naming the folder or file.</param>
/// <param name="inner">The system's own error, if there was one.</param>
public sealed class DataFolderException(string message, Exception? inner = null) : IOException(message, inner);
